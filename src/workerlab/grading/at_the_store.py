"""Requests that are made to meet at the store: what no line of the student's is needed for.

The stepping engine holds a request at the student's own lines. What it does where no line is
seen, in a text that was compiled, in one call that asks the store several times, in a function of
the database, it does in one step there. Two more ways to hold a request need no lines:

- **on the wire**: one instance reaches its stores over links. For each step on a store that a
  request takes, it is stopped before that step, the other requests of the program run whole on
  other workers, and it goes on.
- **in the database**: while we hold a lock that readers pass and writers wait for, all requests
  run at once until each has looked and wants to write. Then the lock goes.

Whatever is answered is held against the program's model, as after any schedule. Nothing here can
fail a right app: an order that could not be forced is not, and nobody is held for longer than
the leases of right answers last.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection
from typing import Self

from workerlab.draw.timeline_evidence import burst_evidence
from workerlab.grading.databases import writers_wait
from workerlab.history import Event, History
from workerlab.linearizability import check as fits_one_order
from workerlab.servers import Server
from workerlab.servers.readiness import is_open
from workerlab.services.link import Stop
from workerlab.stepping import family
from workerlab.stepping.asking import ask_alone
from workerlab.stepping.crash import kill, loss_after_a_crash
from workerlab.stepping.filling import filled
from workerlab.stepping.judge import Judge, model_of
from workerlab.stepping.program import Program, Request
from workerlab.verdict import Verdict

ANSWER_S = 10.0  # seconds that one request may take
HOLD_S = 1.0  # nobody is held longer, as in a schedule: leases of right answers last some seconds
ASLEEP_S = 0.12  # seconds asleep, one after the other, after which somebody waits for who is held
MOST_ASLEEP_S = 1.0  # … and all of them together in one program; after that it is a tenth
MOST_STEPS = 30  # on a store, of one request
NIGHT_S = 2.0  # seconds in which an app that remembers a crowd may forget it
MOST_NIGHTS = 2  # of these, in one program
LOOK_S = 0.002


class Meetings:
    """A submission's servers and stores, where the requests of programs are made to meet.

    here     its server, with several workers, on the way that they always have to the stores
    held     one more instance, which reaches the same stores over links
    stop     of these links
    stores   process ids of the stores
    lock     in a database, an address whose user may lock all tables there; "" without one
    calm     makes the stores forget what they are to forget by themselves some time

    A context manager that closes its connections.
    """

    def __init__(
        self,
        here: Server,
        held: Server,
        stop: Stop,
        stores: list[int],
        lock: str = "",
        calm: Callable[[], None] = lambda: None,
    ) -> None:
        self.here, self.held, self.stop, self.stores = here, held, stop, stores
        self.lock, self.calm = lock, calm
        self._lines: list[tuple[int, HTTPConnection]] = []
        self._own: tuple[int, HTTPConnection] | None = None
        self._roots: list[int] = []
        self._pool = ThreadPoolExecutor(6)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()
        for _, connection in [*self._lines, *([self._own] if self._own else [])]:
            connection.close()

    def look(self, program: Program, progress: Callable[[str], None]) -> Verdict:
        """Make the program's requests meet in every way; failed as soon as one is wrong."""
        self._roots = [*self.here.tree(), *self.stores]
        return _Looking(self, program, progress).run()

    def crash(
        self, program: Program, then: tuple[Request, ...], deadline: float, seen: int
    ) -> Verdict:
        """Kill the worker of the program's request between any two of its steps on a store.

        then, deadline   as for `crash_points`
        seen             at how many steps that the engine saw the stores were at work: when that
                         is all of them, it has killed the worker there, and there is no need
        """
        self._roots = [*self.here.tree(), *self.stores]
        return _Crashing(self, program, lambda text: None).run(then, deadline, seen)

    def line(self, place: int) -> tuple[int, HTTPConnection]:
        """A connection to one of the workers, always the same for a place, with its pid."""
        if not self._lines or not all(map(_lives, self._lines)):
            for _, connection in self._lines:
                connection.close()
            self._lines = self.here.connections()
        return self._lines[place % len(self._lines)]

    def own_line(self) -> tuple[int, HTTPConnection]:
        """The connection to the instance that can be held."""
        if self._own is None or not _lives(self._own):
            self._own = self.held.connections()[0]
        return self._own

    def begin(self, line: tuple[int, HTTPConnection], request: Request, name: str) -> Future[Event]:
        return self._pool.submit(self.ask, line, request, name)

    @staticmethod
    def ask(line: tuple[int, HTTPConnection], request: Request, name: str) -> Event:
        pid, connection = line
        return ask_alone(connection, request, name, pid, ANSWER_S)

    def asleep(self) -> bool:
        """Whether nobody works on what was asked `here`: not a worker, not a store."""
        return not family.at_work(self._roots)


def _lives(line: tuple[int, HTTPConnection]) -> bool:
    """Whether a worker is still at the other end: uvicorn hangs up after some idle seconds."""
    return is_open(line[1])


class _Looking:
    """One program, and what was tried with it."""

    def __init__(self, meetings: Meetings, program: Program, progress) -> None:
        self.meetings, self.program, self.progress = meetings, program, progress
        self.judge = Judge(program)
        self.patience = MOST_ASLEEP_S
        self.tried = self.requests = self.nights = 0

    def run(self) -> Verdict:
        for told, history in itertools.chain(self._on_the_wire(), self._in_the_database()):
            self.tried += 1
            self.requests += len(history)
            self.progress(f"{self.tried} meetings at the store")
            if loss := self.judge.loss(history):
                message = f"{told}: {loss.actual}; {loss.expected}"
                return Verdict("failed", message, self._counts(), self._evidence(history))
        return Verdict("passed", f"{self.tried} meetings at the store", self._counts())

    def _counts(self) -> dict[str, int]:
        return {"requests": self.requests, "schedules": self.tried}

    def _evidence(self, history: History) -> dict:
        model = model_of(self.program, history)
        return burst_evidence(history, fits_one_order(model.read(history), model))

    def _on_the_wire(self) -> Iterator[tuple[str, History]]:
        """Each request held before each of its steps, while the others run in each order."""
        for first, others in _orders(self.program):
            for step in range(1, self._steps_alone(first)):
                history, was_held, long = self._held_before(first, others, step)
                if not was_held and self.nights < MOST_NIGHTS:
                    self.nights += 1  # it goes another way than alone: does it remember a crowd?
                    time.sleep(NIGHT_S)
                    history, was_held, long = self._held_before(first, others, step)
                if was_held and not long:
                    yield self._told(first, step), history

    def _steps_alone(self, first: int) -> int:
        """How many steps on its stores a request takes when nobody else is there.

        Asked twice, since the first time it may connect, and prepare what it says.
        """
        counts = []
        for _ in range(2):
            _, program = self._before()
            with self.meetings.stop.before(MOST_STEPS):
                name = self.program.names[first]
                self.meetings.ask(self.meetings.own_line(), program.requests[first], name)
                counts.append(self.meetings.stop.passed)
        return min(counts)

    def _told(self, first: int, step: int) -> str:
        request = self.program.requests[first]
        path = request.path if "{" not in request.path else request.path.partition("{")[0] + "…"
        who = f"{self.program.names[first]} ({request.method} {path})"
        return f"{who} was held before step {step + 1} on its store while the rest ran"

    def _held_before(
        self, first: int, others: tuple[int, ...], step: int
    ) -> tuple[History, bool, bool]:
        """The history; whether there was such a step; whether it was held for too long."""
        history, program = self._before()
        with self.meetings.stop.before(step) as stopped:
            names, requests = self.program.names, program.requests
            held = self.meetings.begin(self.meetings.own_line(), requests[first], names[first])
            while not stopped.wait(LOOK_S) and not held.done():
                pass
            was_held, began = stopped.is_set(), time.monotonic()
            asked: list[Future[Event]] = []
            for place in others if was_held else ():
                line = self.meetings.line(place)
                asked.append(self.meetings.begin(line, requests[place], names[place]))
                if not self._answered(asked[-1], began):
                    break
        late = others[len(asked) :] if was_held else ()
        events = [held.result(), *(one.result() for one in asked)]
        for place in late:
            line = self.meetings.line(place)
            events.append(self.meetings.ask(line, requests[place], names[place]))
        long = time.monotonic() - began > HOLD_S
        return self._after(history, events, program), was_held, long

    def _answered(self, asked: Future[Event], began: float) -> bool:
        """Wait until it is answered; False when it waits for the one that is held."""
        asleep_since = None
        bound = ASLEEP_S if self.patience > 0 else ASLEEP_S / 10
        while not asked.done():
            now = time.monotonic()
            if not self.meetings.asleep():
                asleep_since = None
            elif asleep_since is None:
                asleep_since = now
            elif now - asleep_since > bound:
                self.patience -= now - asleep_since
                return False
            if now - began > HOLD_S:
                return False
            with suppress(TimeoutError):
                asked.result(LOOK_S)
        return True

    def _in_the_database(self) -> Iterator[tuple[str, History]]:
        """All requests at once, none of which may write before each of them wants to."""
        if not self.meetings.lock:
            return
        history, program = self._before()
        names = self.program.names
        with writers_wait(self.meetings.lock) as waiting:
            began = time.monotonic()
            asked = [
                self.meetings.begin(self.meetings.line(place), request, names[place])
                for place, request in enumerate(program.requests)
            ]
            while left := [one for one in asked if not one.done()]:
                if waiting() >= len(left) or not self._answered(left[0], began):
                    break
        long = time.monotonic() - began > HOLD_S
        history = self._after(history, [one.result() for one in asked], program)
        if not long:
            yield "each had looked in the database before the first of them wrote", history

    def _before(self) -> tuple[History, Program]:
        self.meetings.calm()
        line = self.meetings.line(0)
        history = History(self.meetings.ask(line, one, "-") for one in self.program.before)
        return history, filled(self.program, history)

    def _after(self, before: History, events: list[Event], program: Program) -> History:
        """What was asked at once, and then what is asked after, of one instance and the other."""
        after = []
        for place, request in enumerate(program.after):
            line = self.meetings.own_line() if place % 2 else self.meetings.line(place)
            after.append(self.meetings.ask(line, request, program.last_names[place]))
        return History([*before, *sorted(events, key=lambda event: event.called), *after])


class _Crashing(_Looking):
    """A request whose worker is killed while it is held before a step on its store."""

    def run(self, then: tuple[Request, ...], deadline: float, seen: int) -> Verdict:
        points = 0
        steps = self._steps_alone(0)
        for step in range(1, steps if steps > seen else 1):
            history = self._killed_before(step, then, deadline)
            points += 1
            self.requests += len(history)
            if loss := loss_after_a_crash(self.program, history, deadline):
                told = f"a worker was killed before step {step + 1} on its store. Then: "
                message = f"{told}{loss.actual}; expected: {loss.expected}"
                tried = {"crash_points": points, "requests": self.requests}
                return Verdict("failed", message, tried, self._evidence(history))
        tried = {"crash_points": points, "requests": self.requests}
        return Verdict("passed", f"killed at {points} steps on the store", tried)

    def _killed_before(self, step: int, then: tuple[Request, ...], deadline: float) -> History:
        """What was asked, of the one that died and then of others and of who takes its place."""
        meetings = self.meetings
        history, program = self._before()
        name, request = program.names[0], program.requests[0]
        pid, _ = line = meetings.own_line()
        with meetings.stop.before(step) as stopped:
            asked = meetings.begin(line, request, name)
            while not stopped.wait(LOOK_S) and not asked.done():
                pass
            kill(pid)
            meetings.stop.lose()
        history.append(asked.result())
        for place in range(2):
            for later in (request, *then, *program.after):
                pid, connection = meetings.line(place)
                history.append(ask_alone(connection, later, "-", pid, deadline))
                if history[-1].unknown:
                    break
        meetings.held.restart()
        history += [meetings.ask(meetings.own_line(), later, "-") for later in program.after]
        return history


def _orders(program: Program) -> list[tuple[int, tuple[int, ...]]]:
    """Who is held, and in which order the others run then; the same requests are the same."""
    found: dict[tuple, tuple[int, tuple[int, ...]]] = {}
    places = range(len(program.requests))
    for first in places:
        for others in itertools.permutations(place for place in places if place != first):
            alike = tuple(str(program.requests[place]) for place in (first, *others))
            found.setdefault(alike, (first, others))
    return [*found.values()]
