"""A Linux control group (version 2) for each grading process, where we may make one.

The lifelines of a submission check its limits from time to time (`processes.limits`). In a control
group Linux itself counts memory (with pages of unnamed files and of sockets) and processes at
every moment, and no process can leave its group. Root may make one in most systems, an ordinary
user where the session has been delegated to them
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
# More than the lifelines allow: only those write into the student's log what exceeded its limit.
BOUNDS = {
    "memory.max": str(2_500_000_000),
    "memory.swap.max": "0",
    "pids.max": "1000",
}
NEEDED = ("memory.max", "pids.max", "cgroup.procs")


class Group:
    """A group for one grading process; a context manager. `made` says whether there is one.

    A process that is still in it at the end is killed.
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
        """Put a process into the group, with all that it starts from now on."""
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
