"""What the suspects have in common: a bit of work, and a number that all workers can reach."""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WORK_S = 0.002  # seconds


def work() -> None:
    """What a real service would do here: it keeps this worker, and only this one, busy.

    So inside one worker requests come one after the other, whatever the clients do.
    """
    time.sleep(WORK_S)


class Number:
    """A number in a file that belongs to this server: all its workers see the same."""

    def __init__(self) -> None:
        ours = Path(tempfile.gettempdir(), f"number-{os.getppid()}")  # our parent is the server
        path = os.environ.get("SUSPECT_FILE", ours)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def read(self) -> int:
        return int.from_bytes(os.pread(self._file, 8, 0), "big")

    def write(self, value: int) -> None:
        os.pwrite(self._file, value.to_bytes(8, "big"), 0)

    def add_one(self) -> int:
        """Add one, and return the sum; no other worker can come in between."""
        with self._lock():
            value = self.read() + 1
            self.write(value)
        return value

    def clear(self) -> None:
        """Put it back to 0, never in the middle of somebody's adding."""
        with self._lock():
            self.write(0)

    def __del__(self) -> None:
        os.close(self._file)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        fcntl.lockf(self._file, fcntl.LOCK_EX)  # each process for itself
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)
