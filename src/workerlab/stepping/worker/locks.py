"""Which locks this process has on SQLite databases, as Linux tells it.

Two sources say the same. `/proc/locks` has a line for each lock of the whole machine, and reading it
takes some microseconds. Each descriptor is asked, which takes twenty times as long, where it does not
know this process by its own number, or has a lock of ours on a file whose number we do not know: some
layered file systems have two numbers for a file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress

from workerlab.stepping.worker.outside import SELF, descriptors

__all__ = ["Locks"]

ALL = "/proc/locks"
BESIDE = ("", "-wal", "-shm", "-journal")  # files of one database


class Locks:
    """The locks of this process on the databases that it has opened."""

    def __init__(self) -> None:
        self._files: dict[bytes, str] = {}  # by number: the path, also of one that is gone by now

    def held(self, databases: Iterable[str]) -> frozenset[tuple[str, str]]:
        """Each lock: the path of its database, and Linux's words."""
        paths = tuple(databases)
        if not paths:
            return frozenset()
        told = self._of_the_machine(paths) if _knows_us() else None
        return frozenset(_of_descriptors(paths)) if told is None else frozenset(told)

    def _of_the_machine(self, databases: tuple[str, ...]) -> list[tuple[str, str]] | None:
        """None where a lock is on a file that we do not know."""
        for database in databases:
            for end in BESIDE:
                with suppress(OSError):
                    self._files[b"%d" % os.stat(database + end).st_ino] = database
        me, found = b"%d" % os.getpid(), []
        for line in _read(ALL).splitlines():
            # 1: POSIX  ADVISORY  WRITE 1234 08:01:5678 0 EOF; "->" begins one that waits
            words = line.split()
            if len(words) == 8 and words[4] == me:
                file = self._files.get(words[5].rpartition(b":")[2])
                if file is None:
                    return None
                found.append((file, b" ".join(words[1:]).decode()))
        return found


def _of_descriptors(databases: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for number, path in descriptors(()):
        database = next((each for each in databases if path.startswith(each)), None)
        if database is not None:
            with suppress(OSError):
                for line in _read(f"{SELF}/fdinfo/{number}").splitlines():
                    if line.startswith(b"lock:"):
                        yield database, b" ".join(line.split()[2:]).decode()


def _knows_us() -> bool:
    """Whether /proc tells of this process by the number that it has itself."""
    with suppress(OSError):
        return os.path.exists(ALL) and os.readlink(SELF) == str(os.getpid())
    return False


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.readall()
