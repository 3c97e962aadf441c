"""A cell as a control group of Linux's (version 2), where we may make one: a bound behind the bounds.

A submission's limits are looked at by its lifelines now and then (`servers.limits`). In a control
group Linux itself counts the memory, pages of files without a name and of sockets included, and
the processes, at every moment, and nothing that a process does takes it out of its group. Root
may make one in most systems, an ordinary user where the session has been delegated to them
(`systemd-run --user --scope`). Elsewhere, as in most containers, there is none.

    docs.kernel.org, "Control Group v2"
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Self

TREE = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
# More than the lifelines allow, for these say in the student's log what was too much.
BOUNDS = {
    "memory.max": str(2_500_000_000),
    "memory.swap.max": "0",
    "pids.max": "1000",
}
NEEDED = ("memory.max", "pids.max", "cgroup.procs")


class Group:
    """A group for one cell; a context manager. `made` says whether there is one.

    Whoever is still in it at the end is killed.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None

    @property
    def made(self) -> bool:
        return self._folder is not None

    def __enter__(self) -> Self:
        for parent in _parents():
            folder = parent / f"workerlab-{secrets.token_hex(6)}"
            with suppress(OSError):
                folder.mkdir()
                if self._bounded(folder):
                    self._folder = folder
                    break
                folder.rmdir()
        return self

    def __exit__(self, *_: object) -> None:
        folder, self._folder = self._folder, None
        if folder is not None:
            with suppress(OSError):
                (folder / "cgroup.kill").write_text("1")
            with suppress(OSError):
                folder.rmdir()

    def take(self, pid: int) -> None:
        """Put a process into the group, with whatever it starts from now on."""
        if self._folder is not None:
            try:
                (self._folder / "cgroup.procs").write_text(str(pid))
            except OSError:  # another part of the tree, which we may not take a process from
                self.__exit__()

    def _bounded(self, folder: Path) -> bool:
        if not all((folder / name).exists() for name in NEEDED):
            return False
        for name, value in BOUNDS.items():
            if (folder / name).exists():
                (folder / name).write_text(value)
        return True


def _parents() -> list[Path]:
    """Where a group may be made: beside our own group, or at the top."""
    try:
        lines = OWN.read_text().splitlines()
    except OSError:
        return []
    ours = next((line[3:] for line in lines if line.startswith("0::")), None)
    if ours is None or not (TREE / "cgroup.controllers").exists():
        return []
    beside = (TREE / ours.lstrip("/")).parent if ours != "/" else TREE
    places = [beside, TREE] if beside != TREE else [TREE]
    return [place for place in places if os.access(place, os.W_OK)]
