"""What Linux and Python's audit events say about a process: descriptors, locks, mappings, modules."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import RLock, get_native_id

from workerlab.stepping.worker.wire_reader import words

SELF = "/proc/self"
ACTS_ELSEWHERE = {  # audit events after which something may happen that is no step of a request
    "os.fork": "it starts processes",
    "os.forkpty": "it starts processes",
    "os.posix_spawn": "it starts processes",
    "os.system": "it starts processes",
    "subprocess.Popen": "it starts processes",
    "os.kill": "it sends signals",
    "os.killpg": "it sends signals",
    "mmap.__new__": "it shares memory with other processes",
    "ctypes.dlsym": "it calls functions of C",
    "ctypes.dlsym/handle": "it calls functions of C",
    "socket.bind": "it waits for calls of its own",
}
# Packages with parts in C that open no connection and no file of their own.
_HARMLESS = words("""
    pydantic_core orjson ujson msgpack hiredis httptools websockets watchfiles yaml markupsafe
    asyncpg sqlalchemy greenlet multidict frozenlist yarl propcache aiohttp rpds
    charset_normalizer pymongo bson simplejson regex uvloop
""")
_PYTHONS_OWN = os.path.dirname(os.__file__) + "/lib-dynload"


def foreign_extension() -> str:
    """The name of a loaded package with a part in C that we know nothing of; "" when there is none."""
    for name, module in [*sys.modules.items()]:
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or not file.endswith((".so", ".pyd")):
            continue
        package = name.partition(".")[0]
        if package not in _HARMLESS and not file.startswith(_PYTHONS_OWN):
            return package
    return ""


def shares_memory(databases: Iterable[str]) -> bool:
    """Whether a mapping of this process is shared with others; SQLite's own are known otherwise."""
    known = (*(f"{path}-shm" for path in databases), "gconv-modules.cache", "anon_inode:[io_uring]")
    try:
        with open(f"{SELF}/maps") as maps:
            rows = [line.split(maxsplit=5) for line in maps]
    except OSError:
        return True
    return any(row[1].endswith("s") and not row[-1].strip().endswith(known) for row in rows)


class Counts:
    """How often this process has read and written by way of descriptors. Sockets count apart.

    left_out   native numbers of threads that are not the app's: uvicorn's, which answers pings

    Several threads may look at once; a lock keeps one from counting another's looks as the app's.
    Raises OSError where the system does not tell.
    """

    def __init__(self, left_out: Iterable[int]) -> None:
        self._lock = RLock()
        self._ours = (0, 0)  # reads and writes that are no work of the app's
        self._all = os.open(f"{SELF}/io", os.O_RDONLY)
        self._others = [os.open(f"{SELF}/task/{thread}/io", os.O_RDONLY) for thread in left_out]
        self._last: dict[int, tuple[int, int]] = {}  # what each file told when it was last read

    def look(self) -> tuple[int, int]:
        """The app's reads and writes so far."""
        with self._lock:
            others = self._of(self._others)
            while True:
                ours, (reads, writes) = self._ours, self._of([self._all])
                again = self._of(self._others)
                if again == others:  # they did nothing meanwhile
                    return reads - ours[0] - others[0], writes - ours[1] - others[1]
                others = again

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """What this thread reads and writes in the block is not counted; what others do is."""
        try:
            file = os.open(f"{SELF}/task/{get_native_id()}/io", os.O_RDONLY)
        except OSError:  # the app has no descriptor left: then it is counted, which claims less
            yield
            return
        try:
            with self._lock:
                before, ours = self._of([file]), self._ours
                try:
                    yield
                finally:
                    looked = self._ours[0] - ours[0] + 1  # by this thread, the first look included
                    reads, writes = self._of([file])
                    self._take_out(reads - before[0] - looked, writes - before[1])
        finally:
            os.close(file)

    def _of(self, files: list[int]) -> tuple[int, int]:
        for file in files:
            self._take_out(1, 0)
            with suppress(ProcessLookupError):  # the thread has ended: what it did still counts
                fields = os.pread(file, 512, 0).split()
                self._last[file] = int(fields[5]), int(fields[7])
        told = [self._last.get(file, (0, 0)) for file in files]
        return sum(reads for reads, _ in told), sum(writes for _, writes in told)

    def _take_out(self, reads: int, writes: int) -> None:
        self._ours = self._ours[0] + reads, self._ours[1] + writes


def descriptors(left_out: Container[int]) -> Iterator[tuple[int, str]]:
    """The descriptors of this process that can be read or written, and where each leads."""
    try:
        names = os.listdir(f"{SELF}/fd")
    except OSError:  # not ours to look at: `Counts` says so
        return
    for name in names:
        try:
            if int(name) not in left_out and stat.S_IFMT(os.fstat(int(name)).st_mode):
                yield int(name), os.readlink(f"{SELF}/fd/{name}")
        except OSError:
            continue  # the listing's own
