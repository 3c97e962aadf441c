"""What each step of a request touches outside of its process.

Two workers share stores, files and locks, and no memory. So most steps touch nothing that the other
worker could see, and to swap two such steps changes nothing. The search uses this, so nothing may
be missed here: what is not understood counts as an access to anything (`access.ANYTHING`), and what
no step can be held answerable for is a caveat, in words, after which nothing is swapped at all.

Where it is seen: bytes to stores at the sockets, files and locks by audit events, and by Linux's
count of reads and writes, which tells of every other descriptor: pipes, managers, open files.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from weakref import ref

from workerlab.stepping.access import ANYTHING, EXPIRES, READ, WAITS, WRITE, Access, note
from workerlab.stepping.lease import Lease
from workerlab.stepping.worker.locks import Locks
from workerlab.stepping.worker.outside import (
    ACTS_ELSEWHERE,
    Counts,
    descriptors,
    foreign_extension,
    shares_memory,
)
from workerlab.stepping.worker.sockets import Sockets
from workerlab.stepping.worker.stand_ins import (
    stand_before_questions,
    stand_before_sleep,
    stand_before_sqlite,
)

if TYPE_CHECKING:
    import sqlite3
    from typing import Any

    from workerlab.stepping.worker.replies import Tell
    from workerlab.stepping.worker.step_values import StepValues

_CHANGES_PATHS = {  # audit events, and how many of their first arguments are paths
    "os.rename": 2, "os.link": 2, "os.symlink": 2, "os.remove": 1, "os.mkdir": 1, "os.rmdir": 1,
    "os.truncate": 1, "os.chmod": 1, "os.chown": 1, "os.utime": 1, "os.setxattr": 1,
    "os.removexattr": 1, "fcntl.flock": 1, "fcntl.lockf": 1, "os.lockf": 1,
}  # fmt: skip
_READS_PATHS = {"os.listdir", "os.scandir", "os.getxattr", "os.listxattr"}
_LIBRARIES = tuple({os.path.realpath(path) + "/" for path in (sys.prefix, sys.base_prefix)})
NOT_TOLD = "this system does not tell what a process reads and writes"
MOST_LEASES, LONGEST_KEY = 50, 250  # that a worker tells of in one report
_CHANGES_ROWS = ("INSERT", "REPLACE", "UPDATE", "DELETE")
_OF_NO_ONE = ("/dev/null", "/dev/urandom", "/dev/random")


class Watch:
    """What this process has touched since its last report, and the caveats.

    One for each process; `install` it before the app is imported.
    """

    def __init__(self, in_request: Callable[[], bool]) -> None:
        """
        in_request   whether the code that runs now was called by a request that is held
        """
        self._in_request = in_request
        self.caveats: set[str] = set()
        self.moves = False  # whether a step of a request runs now, to which all is put down
        self._accesses: set[Access] = set()
        self._opened: dict[str, str] = {}  # files that this request has opened, and how
        self._databases: set[str] = set()  # of SQLite
        # Connections that were made without `sqlite3.connect`: their statements are not seen.
        self._unseen_connections = 0
        self._counts: Counts | None = None
        self._before = (0, 0)
        self._locks = Locks()
        self._held: frozenset[tuple[str, str]] = frozenset()  # when we last looked
        self._modules = 0  # how many were loaded when they were last looked at
        self._looking: set[int] = set()  # threads that do what is ours, and no step of the app's
        self._other_threads: list[int] = []  # not the app's
        self._others: set[int] = set()  # descriptors that are not the app's
        self._process = 0
        self._leases: dict[Lease, None] = {}  # since the last report
        self._values: Callable[[], StepValues | None] | None = None  # while they are to be shown
        self.sockets = Sockets(self._noted, self.caveats.add, self._leased)

    def install(self) -> None:
        """Watch this process, and those that it forks, from now on. It cannot be undone."""
        self.sockets.watch()  # which also makes uvicorn answer without delay
        if not os.path.exists("/proc/self/io"):
            self.caveats.add(NOT_TOLD)
            return
        here = threading.get_ident()
        self._other_threads = [
            thread.native_id
            for thread in threading.enumerate()
            if thread.ident != here and thread.native_id
        ]
        self._others = {number for number, _ in descriptors(())}  # open before the app is there
        sys.addaudithook(self._audit)
        stand_before_questions(self._asked_after)
        stand_before_sleep(self._sleeps)
        stand_before_sqlite(self._connected)

    # -- at the steps of a request -----------------------------------------------------------

    def begin(self) -> None:
        """A request begins: what was touched before was no step of it."""
        with self._ours():
            if self._process != os.getpid():
                self._process = os.getpid()
                self._count_anew()
            self._look_at_modules()
            self._opened.clear()
            self._note_counts()
        self._accesses.clear()
        self.moves = True

    def _count_anew(self) -> None:
        """This process is a new one, which the system counts by itself."""
        try:
            self._counts = Counts(self._other_threads)
        except OSError:
            self._counts = None
            self.caveats.add(NOT_TOLD)

    def _look_at_modules(self) -> None:
        """Nothing shares memory unseen but parts in C, and the semaphores of multiprocessing."""
        if len(sys.modules) != self._modules:
            self._modules = len(sys.modules)
            if name := foreign_extension():
                self.caveats.add(f"{name} is not written in Python, and may share anything")
        elif "multiprocessing.synchronize" not in sys.modules:
            return
        if shares_memory(self._databases):
            self.caveats.add("it shares memory with other processes")

    def take(self) -> tuple[list[Access], list[str]]:
        """The accesses of the step that ends here, and all caveats so far."""
        if self._unseen_connections > 0:
            self.caveats.add("it opens databases in a way of its own")
        self._look_round()
        self.moves = False
        accesses, self._accesses = self._accesses, set()
        return [*accesses], sorted(self.caveats)

    def take_leases(self) -> list[Lease]:
        """The keys that were given a time-to-live since they were last taken."""
        leases, self._leases = [*self._leases], {}
        return leases

    def go(self) -> None:
        """The next step begins. Nothing may have happened since the last one ended."""
        self._look_round()
        if self._accesses:
            self.caveats.add("it works beside its requests")
            self._accesses = set()
        self.moves = True

    def _look_round(self) -> None:
        if self._counts is None:
            return
        with self._ours():
            reads, writes = self._counts.look()
            if writes > self._before[1]:
                self._explain(WRITE)
            elif reads > self._before[0]:
                self._explain(READ)
            elif not self._databases:
                self._before = reads, writes
                return
            before = self._held
            self._note_counts()
            for database, _ in before ^ self._held:
                self._accesses.add(Access(WRITE, "sqlite", database))

    def _note_counts(self) -> None:
        self._held = self._locks.held(self._databases)
        self._before = self._counts.look() if self._counts else (0, 0)

    def _explain(self, mode: str) -> None:
        """Something was read or written by way of descriptors: which of them may it have been?"""
        found = bool(self._accesses)
        for _, path in descriptors(self._others | self.sockets.known()):
            database = next((each for each in self._databases if path.startswith(each)), None)
            if database is not None:
                self._accesses.add(Access(mode, "sqlite", database))
            elif path in self._opened:
                written = mode == self._opened[path] == WRITE
                self._accesses.add(Access(WRITE if written else READ, "file", path))
            elif path.startswith(("anon_inode:[eventpoll]", "/proc/self", f"/proc/{os.getpid()}/")):
                continue
            else:
                self._accesses.add(ANYTHING)
            found = True
        if not found:
            self._accesses.add(ANYTHING)

    @contextmanager
    def _ours(self) -> Iterator[None]:
        """What this thread does meanwhile is ours, and nothing that the app touches."""
        me = threading.get_ident()
        nested = me in self._looking
        self._looking.add(me)
        try:
            yield
        finally:
            if not nested:
                self._looking.discard(me)

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """The same where the tracer reads files, between two looks at what was read."""
        counts = self._counts if self._process == os.getpid() else None  # a fork's are made later
        if counts is None or threading.get_native_id() in self._other_threads:
            with self._ours():
                yield  # what these threads read is not counted in any case
            return
        with self._ours(), counts.uncounted():
            yield

    def show(self, values: Callable[[], StepValues | None] | None) -> None:
        """Look at the values, too, from now on; None: no longer.

        values   gives those of the request that runs now; None where no request that is shown does
        """
        if values is self._values is None:
            return
        self._values = values

        def whose() -> Tell | None:
            shown = values() if values is not None else None
            return shown.tell_of_this_step() if shown is not None else None

        self.sockets.show_replies(whose if values is not None else None)

    # -- what tells us -----------------------------------------------------------------------

    def _noted(self, access: Access) -> None:
        note(self._accesses, [access])

    def _leased(self, lease: Lease) -> None:
        if len(self._leases) < MOST_LEASES and len(lease.key) <= LONGEST_KEY:
            self._leases[lease if self.moves else replace(lease, outside=True)] = None
        else:
            self.caveats.add(EXPIRES)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if threading.get_ident() in self._looking:
            return
        if event == "open":
            path, _, flags = arguments
            writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
            self._path(path, WRITE if flags & writes else READ)
        elif event in _CHANGES_PATHS:
            for path in arguments[: _CHANGES_PATHS[event]]:
                self._path(path, WRITE)
        elif event in _READS_PATHS:
            self._path(arguments[0] if arguments else ".", READ, beneath=True)
        elif event == "sqlite3.connect":
            self._database(arguments[0])
        elif event == "sqlite3.connect/handle":
            self._unseen_connections += 1
        elif event == "socket.connect":
            self.sockets.connects(*arguments)
        elif event == "time.sleep":
            self._sleeps()
        elif reason := ACTS_ELSEWHERE.get(event):
            self.caveats.add(reason)

    def _path(self, path: object, mode: str, *, beneath: bool = False) -> None:
        """A path or a descriptor is used; `beneath`: the names in that folder."""
        with self._ours():
            name = _resolved(path)
        own = ("/proc/self/", f"/proc/{os.getpid()}/")
        if name is None or name in _OF_NO_ONE or name.startswith((*own, *_LIBRARIES)):
            return
        if name.startswith(("/proc/", "/sys/")):
            self.caveats.add("it looks at other processes")
        if mode == WRITE or name not in self._opened:
            self._opened[name] = mode
        self._accesses.add(Access(mode, "file", name + "/" * beneath))

    def _asked_after(self, path: object) -> None:
        if threading.get_ident() not in self._looking:
            self._path(path, READ)

    def _sleeps(self) -> None:
        if self._in_request():
            self.caveats.add(WAITS)

    def _connected(self, connection: sqlite3.Connection) -> None:
        """Hear of each statement: it may be answered from memory, and read nothing."""
        self._unseen_connections -= 1
        where: Callable[[], sqlite3.Connection | None] = lambda: None  # noqa: E731
        with suppress(TypeError):  # the app has a class of its own
            where = ref(connection)
        connection.set_trace_callback(partial(self._statement, where))

    def _database(self, name: object) -> None:
        with self._ours():
            path = _resolved(name)
        if path is not None and ":memory:" not in path:
            self._databases.add(path)

    def _statement(self, where: Callable[[], sqlite3.Connection | None], sql: str) -> None:
        words = sql.upper().split()[:2]
        # One that returns rows ends, and is counted, when the last of them is fetched.
        counted = words[:1] and words[0] in _CHANGES_ROWS and "RETURNING" not in sql.upper()
        if self._values is not None and counted:
            shown, connection = self._values(), where()
            if shown is not None and connection is not None:
                shown.changes_rows(connection)
        if words[:1] == ["BEGIN"] and words[1:] not in (["IMMEDIATE"], ["EXCLUSIVE"]):
            return  # it does nothing yet
        mode = READ if words[:1] == ["SELECT"] else WRITE
        self._accesses |= {Access(mode, "sqlite", path) for path in self._databases}


def _resolved(path: Any) -> str | None:
    """The real path of a path or descriptor; None for what has none."""
    try:
        if isinstance(path, int):
            return os.readlink(f"/proc/self/fd/{path}")
        return os.path.realpath(os.fsdecode(path))
    except (OSError, TypeError, ValueError):
        return None
