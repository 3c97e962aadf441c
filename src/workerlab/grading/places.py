"""Places on this machine that a lab hands to the app: no server runs there, only data lies there."""

from __future__ import annotations

import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from workerlab.errors import ServiceMissing
from workerlab.processes.folders import in_memory
from workerlab.processes.sandbox import confined, give

__all__ = ["StateFile", "StateSegment", "segments"]

SHARED_MEMORY = Path("/dev/shm")  # where Linux keeps named segments


class StateFile:
    """A path in a new, empty folder, which goes with everything in it. Nothing is there yet.

    A context manager that yields the absolute path, with the same face as a private store; there
    is no process behind it, so its `pid` is 0.
    """

    pid = 0

    def __init__(self, *, own: bool = True) -> None:
        if not own:
            raise ValueError("a state file is always one of its own")

    def __enter__(self) -> str:
        usual = Path(tempfile.gettempdir())
        place = usual if confined() else in_memory(usual)  # a commit waits for no disk there
        self._folder = tempfile.TemporaryDirectory(prefix="workerlab-state-", dir=place)
        return str(give(Path(self._folder.name).resolve()) / "state.sqlite")

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


class StateSegment:
    """An unused name for shared memory, and a path for a lock file.

    A context manager that yields both as settings. Nothing of either is there yet; what has
    been made of them by the end is removed. There is no process behind it, so its `pid` is 0.
    """

    pid = 0

    def __init__(self, *, own: bool = True) -> None:
        if not own:
            raise ValueError("a segment is always one of its own")
        self.name = f"workerlab_{secrets.token_hex(6)}"

    def __enter__(self) -> dict[str, str]:
        self._folder = tempfile.TemporaryDirectory(prefix="workerlab-state-")
        lock = give(Path(self._folder.name).resolve()) / "state.lock"
        return {"STATE_NAME": self.name, "STATE_LOCK": str(lock)}

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()
        for segment in SHARED_MEMORY.glob(f"{self.name}*"):
            segment.unlink(missing_ok=True)
        # Without such a folder (macOS) the one of the given name can be removed, if it is there.
        with suppress(OSError):
            import _posixshmem  # type: ignore[import-not-found]  # CPython's own, which typeshed lacks

            _posixshmem.shm_unlink(f"/{self.name}")


def segments(name: str) -> list[Path]:
    """The files in /dev/shm whose names begin with `name`.

    Raises ServiceMissing where there is no such folder (macOS): segments are not listed there.
    """
    if not SHARED_MEMORY.is_dir():
        raise ServiceMissing("this system does not list shared memory", "grade this check on Linux")
    return sorted(SHARED_MEMORY.glob(f"{name}*"))
