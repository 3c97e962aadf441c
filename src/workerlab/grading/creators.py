"""Workers that create what their database lacks, made to do so at the same moment.

"Five workers may start at once on an empty database": whether two of them create the same table
at the same moment is luck, so here it is arranged. PostgreSQL looks whether a thing exists, and
writes it into its catalogues only after that. There are two gates. Each is a SHARE lock on a
catalogue, so that every session may read it and none may write to it:

- `pg_class`: the sessions that wait here have looked and found nothing, and none has begun.
- `pg_depend`: the session that waits here has written a table, an index, a type or a function,
  and has not committed. Others that create the same wait until it commits.

When no further session comes, a gate opens for those that wait, and closes behind them; pg_class
first. So the steps of a worker's start meet those of the other workers. From pg_class
they go in two groups. Of the first group one creates, and the other is told that a key is
duplicate. The second goes when the first has committed, and is told that the table exists. A right
start bears both.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from workerlab.grading.catalogue_gate import LOOK_S, CatalogueGate
from workerlab.grading.databases import connected, in_database
from workerlab.grading.stores import RESPONSE_S
from workerlab.processes.activity import busy_threads, with_descendants
from workerlab.processes.tree import own_number, send
from workerlab.processes.waiting import threads

if TYPE_CHECKING:
    import asyncpg

__all__ = ["all_create_at_once"]

# Looks, one after the other, in which no process is at work: no further session comes. A busy
# machine may let a message lie for a moment, while all sleep.
QUIET_LOOKS = 15
# Seconds. A session that creates alone may have a lock with a lease: no right one is as short. Two
# that wait for PostgreSQL at the same moment have none.
ALONE_S, HELD_S = 2.5, 15.0
CALM_S = 0.6  # seconds in which no process of the app is at work for nearly all of the time
ALL_THE_TIME = 0.8  # of a moment, at work or waiting for a processor: such a process is importing
LONGEST_ANSWER_S = 0.3  # of PostgreSQL, about its locks
FIRST = 2  # of those that wait for pg_class, how many go first
WAITING = """SELECT pid, relation::regclass::text AS place FROM pg_catalog.pg_locks
WHERE NOT granted AND pid <> ALL($1::int[])"""
TRANSACTIONS = """SELECT pid, xact_start FROM pg_catalog.pg_stat_activity
WHERE pid = ANY($1::int[]) AND xact_start IS NOT NULL"""


@dataclass
class Meeting:
    """How it went: `missed` when a session was let go although others were on their way."""

    missed: bool = False


@contextmanager
def all_create_at_once(
    url: str,
    workers: int,
    *,
    by: str = "",
    app: Callable[[], Iterable[int]] = tuple,
    stores: Iterable[int | None] = (),
) -> Iterator[Meeting]:
    """No session creates anything in this database before `workers` sessions want to.

    by       an address of the same server whose user may lock the catalogues, as a superuser may;
             the user of `url` unless given
    app      the app's processes at this moment, by their numbers
    stores   the processes of the stores. When the app and its stores all sleep, no further
             session comes, and those that wait are let go

    All are let go at the end of the block.
    """
    held, done, meeting = Event(), Event(), Meeting()
    by = in_database(by or url, urlsplit(url).path.lstrip("/"))
    known = [pid for pid in stores if pid]

    async def keep() -> None:
        try:
            sessions = [await connected(by) for _ in range(5)]
            keeper = _Keeper(sessions, workers, app, known, meeting)
            await keeper.shut()
        finally:
            held.set()
        try:
            while not done.is_set():
                if not await keeper.look():
                    await asyncio.sleep(LOOK_S)
        finally:
            await keeper.close()

    with ThreadPoolExecutor(1) as pool:
        keeping = pool.submit(lambda: asyncio.run(keep()))
        try:
            held.wait()
            yield meeting
        finally:
            done.set()
            keeping.result()


class _Calm:
    """Looks at the app's processes for some moments, each a third of `CALM_S`."""

    def __init__(self) -> None:
        self._since = self._looked = time.monotonic()
        self._spent: dict[int, float] | None = None

    def holds(self, app: list[int]) -> bool:
        """Whether nobody in the app has been at work nearly all the time, for `CALM_S` by now."""
        now = time.monotonic()
        passed = now - self._looked
        if self._spent is not None and passed < CALM_S / 3:
            return False
        spent = {pid: sum(sum(times) for _, times in threads(pid)) for pid in app}
        before, self._spent, self._looked = self._spent, spent, now
        if before is None or any(
            pid not in before or spent[pid] - before[pid] > ALL_THE_TIME * passed for pid in spent
        ):
            self._since = now
        return now - self._since >= CALM_S


class _Keeper:
    """Watches who waits, and opens the gates when all are there."""

    def __init__(
        self,
        sessions: list[asyncpg.Connection],
        workers: int,
        app: Callable[[], Iterable[int]],
        stores: list[int],
        meeting: Meeting,
    ) -> None:
        self.sessions, self.watching = sessions, sessions[0]
        self.workers, self.app, self.stores, self.meeting = workers, app, stores, meeting
        self.tables = CatalogueGate("pg_class", *sessions[:3])
        self.commits = CatalogueGate("pg_depend", sessions[0], *sessions[3:])
        self.ours = [session.get_server_pid() for session in sessions]
        self.first: dict[int, object] = {}  # sessions of the first group, and since when
        self.stopped: list[int] = []  # sessions of the second group
        self.quiet = 0  # looks in which no process was at work
        self.calm = _Calm()
        self.looked = time.monotonic()
        self.alone_s = self.held_s = 0.0  # that one session was held, and that any was

    async def shut(self) -> None:
        await self.tables.shut()
        await self.commits.shut()

    async def look(self) -> bool:
        """Open a gate if nobody else comes; whether one was opened."""
        rows = await self.watching.fetch(WAITING, self.ours)
        waiting = {row["pid"] for row in rows}.union(self.stopped)
        tables = sorted(
            {row["pid"] for row in rows if row["place"] == "pg_class"} - {*self.stopped}
        )
        commits = any(row["place"] == "pg_depend" for row in rows)
        before, self.looked = self.looked, time.monotonic()
        if not tables and not commits and not self.first:
            self.quiet, self.calm = 0, _Calm()
            return False
        self.held_s += self.looked - before
        self.alone_s += (self.looked - before) * (len(waiting) == 1)
        if self.alone_s > ALONE_S or self.held_s > HELD_S:
            self.meeting.missed = True
            await self.end()
            return True
        if self.first and await self._first_group_has_ended():
            self.wake()
        elif len(waiting) >= self.workers:
            await self._let_go(tables, commits)
        elif self._nobody_comes():
            # Where one is alone, the others wait for it elsewhere: for a lock of the app's own.
            await (self.end() if len(waiting) == 1 else self._let_go(tables, commits))
        else:
            return False
        self.quiet, self.calm = 0, _Calm()
        return True

    async def _first_group_has_ended(self) -> bool:
        """Whether it has gone on from the transactions in which it waited for pg_class."""
        now = await self._transactions([*self.first])
        return not any(now.get(pid) == began for pid, began in self.first.items())

    async def _transactions(self, sessions: list[int]) -> dict[int, object]:
        """When the present transaction of each session began."""
        rows = await self.watching.fetch(TRANSACTIONS, sessions)
        return {row["pid"]: row["xact_start"] for row in rows}

    def _nobody_comes(self) -> bool:
        """Whether all sleep; or, where they are never all asleep, whether nobody is still importing."""
        app = [*self.app()]
        store = [pid for pid in with_descendants(self.stores) if own_number(pid) not in self.ours]
        self.quiet = 0 if busy_threads([*with_descendants(app), *store]) else self.quiet + 1
        return self.quiet >= QUIET_LOOKS or (bool(app) and self.calm.holds(app))

    async def _let_go(self, tables: list[int], commits: bool) -> None:
        """Those that are the least far: they may come to where the others wait."""
        if len(tables) == 1 and self.tables.is_shut:
            await self.tables.open()
        elif tables and self.tables.is_shut:
            self.first = await self._transactions(tables[:FIRST])
            await self._stop(tables[FIRST:])
            await self.tables.stand_open()
        elif commits and self.commits.is_shut:
            await self.commits.open()
        elif commits:  # it is about to shut, and there is nothing to do
            await self._end_if_in_line(self.commits)
        elif self.first:
            self.wake()
        else:
            await self._end_if_in_line(self.tables)

    async def _end_if_in_line(self, gate: CatalogueGate) -> None:
        """Who waits in line behind us is not held up: what we wait for may be waiting for it."""
        if await gate.waits_in_line():
            await self.end()

    async def _stop(self, sessions: list[int]) -> None:
        """These go on later, though the lock is theirs.

        A session may have something for a moment without which PostgreSQL cannot go on, such as
        its list of locks: then it goes on, and is stopped a moment later.
        """
        while True:
            self.stopped = self._send(sessions, signal.SIGSTOP)
            asked = asyncio.create_task(self.watching.fetch(WAITING, self.ours))
            if not self.stopped or (await asyncio.wait([asked], timeout=LONGEST_ANSWER_S))[0]:
                await asked
                return
            self._send(self.stopped, signal.SIGCONT)
            await asked

    def _send(self, sessions: list[int], number: signal.Signals) -> list[int]:
        """Send a signal to sessions; those that could be sent one."""
        reached = []
        for pid in with_descendants(self.stores):
            if (session := own_number(pid)) in sessions:
                with suppress(PermissionError):
                    send(pid, number)
                    reached.append(session)
        return reached

    def wake(self) -> None:
        self._send(self.stopped, signal.SIGCONT)
        self.stopped, self.first = [], {}
        self.tables.shut_again()

    async def end(self) -> None:
        """Let all go, and hold no session any more."""
        self._send(self.stopped, signal.SIGCONT)
        self.stopped, self.first = [], {}
        await self.tables.remove()
        await self.commits.remove()

    async def close(self) -> None:
        await self.end()
        for session in self.sessions:
            await session.close(timeout=RESPONSE_S)
