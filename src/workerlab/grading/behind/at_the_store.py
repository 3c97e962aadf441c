"""Requests that are made to meet at the store, without any gate at a student's line.

The stepping engine holds a request at the student's own lines. Work without such a line (in
compiled text, in one call that asks the store several times, in a function of the database) is
one step there. Two more ways to hold a request need no lines:

- **on the wire**: one instance reaches its stores over links. For each step on a store that a
  request takes, it is stopped before that step, the other requests of the program run whole on
  other workers, and it goes on.
- **in the database**: while we hold a lock that readers pass and writers wait for, all requests
  run at once until each has looked and wants to write. Then the lock goes.

The responses are checked against the program's model, as after any schedule. Nothing here can
fail a right app: an order that cannot be forced is skipped, and no request is held for longer
than the leases of right answers last.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress

from workerlab.grading.behind.meetings import Meetings
from workerlab.grading.databases import writers_wait
from workerlab.history import Event, History
from workerlab.stepping.program import Program
from workerlab.stepping.searching.in_a_sentence import in_a_sentence
from workerlab.stepping.searching.oracle import Oracle
from workerlab.verdict import Verdict

HOLD_S = (
    1.0  # no request is held longer, as in a schedule: leases of right answers last some seconds
)
ASLEEP_S = 0.12  # seconds asleep, one after the other, after which a request waits for the held one
MOST_ASLEEP_S = 1.0  # … and all of them together in one program; after that it is a tenth
NIGHT_S = 2.0  # seconds in which an app that remembers a burst may forget it
MOST_NIGHTS = 2  # of these, in one program
LOOK_S = 0.002


def meet(meetings: Meetings, program: Program, progress: Callable[[str], None]) -> Verdict:
    """Make the program's requests meet in every way; failed as soon as one is wrong."""
    meetings.gather()
    return _Looking(meetings, program, progress).run()


class _Looking:
    """One program, and the counts of its tries."""

    def __init__(
        self, meetings: Meetings, program: Program, progress: Callable[[str], None]
    ) -> None:
        self.meetings, self.program, self.progress = meetings, program, progress
        self.oracle = Oracle(program)
        self.patience = MOST_ASLEEP_S
        self.tried = self.requests = self.nights = 0

    def run(self) -> Verdict:
        for step, history in itertools.chain(self._on_the_wire(), self._in_the_database()):
            self.tried += 1
            self.requests += len(history)
            self.progress(f"{self.tried} meetings at the store")
            if violation := self.oracle.violation(history):
                first = in_a_sentence(self.program, history)
                message = f"{step}: {violation.actual}; {violation.expected}"
                message = f"{first}\n{message}" if first else message
                return Verdict(
                    "failed", message, self._counts(), self.meetings.evidence(self.program, history)
                )
        return Verdict("passed", f"{self.tried} meetings at the store", self._counts())

    def _counts(self) -> dict[str, int]:
        return {"requests": self.requests, "schedules": self.tried}

    def _on_the_wire(self) -> Iterator[tuple[str, History]]:
        """Each request held before each of its steps, while the others run in each order."""
        for first, others in _orders(self.program):
            for step in range(1, self.meetings.steps_alone(self.program, first)):
                history, was_held, long = self._held_before(first, others, step)
                if not was_held and self.nights < MOST_NIGHTS:
                    self.nights += 1  # it goes another way than alone: does it remember a burst?
                    time.sleep(NIGHT_S)
                    history, was_held, long = self._held_before(first, others, step)
                if was_held and not long:
                    yield self._message(first, step), history

    def _message(self, first: int, step: int) -> str:
        request = self.program.requests[first]
        path = request.path if "{" not in request.path else request.path.partition("{")[0] + "…"
        held = f"{self.program.names[first]} ({request.method} {path})"
        return f"{held} was held before step {step + 1} on its store while the rest ran"

    def _held_before(
        self, first: int, others: tuple[int, ...], step: int
    ) -> tuple[History, bool, bool]:
        """The history; whether there was such a step; whether it was held for too long."""
        history, program = self.meetings.before(self.program)
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
        """Wait until it has its response; False when it waits for the one that is held."""
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
        history, program = self.meetings.before(self.program)
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

    def _after(self, before: History, events: list[Event], program: Program) -> History:
        """The requests at once, and then the last requests, to both instances."""
        after = []
        for place, request in enumerate(program.after):
            line = self.meetings.own_line() if place % 2 else self.meetings.line(place)
            after.append(self.meetings.ask(line, request, program.last_names[place]))
        return History([*before, *sorted(events, key=lambda event: event.called), *after])


def _orders(program: Program) -> list[tuple[int, tuple[int, ...]]]:
    """The request that is held, and the order in which the others run; equal requests count once."""
    found: dict[tuple[str, ...], tuple[int, tuple[int, ...]]] = {}
    places = range(len(program.requests))
    for first in places:
        for others in itertools.permutations(place for place in places if place != first):
            alike = tuple(str(program.requests[place]) for place in (first, *others))
            found.setdefault(alike, (first, others))
    return [*found.values()]
