"""What an app that is its own model should respond: its requests, one really after the other.

Each order is run on one worker that holds no request: a request is sent when everything that the one
before it started has ended. Each order is run twice. What differs between the two (an id, a token, a
time) is left out of every comparison, and named.
"""

from __future__ import annotations

import json
import time
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from workerlab.history import Event, History
from workerlab.stepping.controller.leases import Leases
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.invariants import broken
from workerlab.stepping.lease import OUTLIVE_THE_WORK
from workerlab.stepping.placeholders import is_like_an_id
from workerlab.stepping.program import TWO_WORKERS, Program
from workerlab.stepping.searching.numbers import ids_of, without_gaps
from workerlab.stepping.searching.outcome import (
    BODY,
    HEADERS,
    Outcome,
    Path,
    as_compared,
    differences,
    ignoring,
    in_order,
    outcome_of,
    times_in,
    value_at,
    without,
)
from workerlab.stepping.searching.schedulers import SerialScheduler
from workerlab.stepping.searching.serial_runs import (
    MOST_EXPIRING,
    expiring_runs,
    one_by_one,
    orders_of,
    parts_of,
)


@dataclass
class Reference:
    """The right outcomes of a program, learned from the app.

    runs       each order's first run on one worker, by the order
    repeats    each order's second run
    expiring   runs in which times-to-live ran out between two requests, or some were not sent at all:
               those that are refused for being late
    cut_short  whether there were too many of these to run them all
    volatile   the places that differ from run to run
    unordered  the places of lists whose order differs from worker to worker
    unstable   of an order whose statuses differ from run to run: both runs
    missing    a sentence about a value that a request names and that no run had, or ""
    """

    program: Program
    runs: dict[tuple[str, ...], History] = field(default_factory=dict)
    expiring: list[History] = field(default_factory=list)
    cut_short: bool = False
    volatile: set[Path] = field(default_factory=set)
    unordered: set[Path] = field(default_factory=set)
    repeats: dict[tuple[str, ...], History] = field(default_factory=dict)
    unstable: tuple[History, History] | None = None
    missing: str = ""
    _learned_later: bool = False
    _any_lease: bool = False
    _knows_parts: bool = False

    @classmethod
    def learned(
        cls, stepped: SteppedServer, program: Program, leases: str = OUTLIVE_THE_WORK
    ) -> Reference:
        """Run every order twice, on one worker, and the first once more after the last.

        So each of two orders has come after itself and after the other: what one leaves behind would
        show. Where times-to-live may run out, also with each of them run out between two requests:
        what a request responds then is right, whenever it runs out.
        """
        reference = cls(program)
        if program.starts_a_worker:
            return reference._learn_starts(stepped)
        missing: dict[str, str] | None = None
        orders = [*orders_of(program)]
        for order in orders:
            first, lacks = one_by_one(stepped, program, order)
            reference.runs[order] = first
            missing = {
                place: why for place, why in lacks.items() if missing is None or place in missing
            }
            if first.unknown:
                break  # there is nothing to learn, and each further one may take long
            reference._compare(order, first, one_by_one(stepped, program, order)[0])
            if leases != OUTLIVE_THE_WORK:
                reference._learn_expiries(stepped, order, leases)
        else:
            if len(orders) > 1:
                again, _ = one_by_one(stepped, program, orders[0])
                reference._compare(orders[0], reference.first, again)
        if reference._any_lease and not reference.first.unknown:
            reference.learn_parts(stepped, leases)
        reference.missing = next(iter((missing or {}).values()), "")
        return reference

    def _compare(self, order: tuple[str, ...], first: History, second: History) -> None:
        """Note what differs between two runs of one order."""
        found = {*differences(self.outcome(first), self.outcome(second))}
        if found or order not in self.repeats:
            self.repeats[order] = second
        if any(len(path) < 2 or path[1] == 0 for path in found):  # a status, or a response
            self.unstable = first, second
        self.volatile |= found | {*times_in(self.outcome(first))}

    def learn_parts(self, stepped: SteppedServer, leases: str) -> None:
        """Run every order of some of the requests: the others may be refused, when time runs out. Once."""
        if self._knows_parts or self.program.starts_a_worker:
            return
        self._knows_parts = True
        for some in parts_of(self.program):
            self.expiring.append(one_by_one(stepped, self.program, some)[0])
            self._learn_expiries(stepped, some, leases)

    def _learn_expiries(self, stepped: SteppedServer, order: tuple[str, ...], leases: str) -> None:
        met: list[Leases] = []
        runs = [*expiring_runs(stepped, self.program, order, leases, met)]
        self._any_lease |= any(one.known or one.unclear for one in met)
        self.cut_short |= len(runs) >= MOST_EXPIRING - 1  # in the first, nothing runs out
        self.expiring += runs

    def learn_later(self, stepped: SteppedServer) -> None:
        """Run every order twice more, in two different seconds, and leave out what differs: once.

        A time in whole seconds, or a token made of one, is the same in runs that follow quickly.
        To be asked before anything is called wrong. What a wrong run has left behind is the same in
        both, so it is not taken for a time.
        """
        if self._learned_later or self.program.starts_a_worker or self.program.invariants:
            return
        self._learned_later = True
        earlier = [one_by_one(stepped, self.program, order)[0] for order in self.runs]
        began = int(time.time())
        while int(time.time()) == began:
            time.sleep(0.02)
        for order, run in zip(self.runs, earlier, strict=True):
            later, _ = one_by_one(stepped, self.program, order)
            found = differences(self.outcome(run), self.outcome(later))
            self.volatile |= {path for path in found if len(path) > 1 and path[1] != 0}
        self.forget_right()

    def _learn_starts(self, stepped: SteppedServer) -> Reference:
        """A worker that starts is held from the beginning: so each order is run as a schedule, once."""
        scheduler = SerialScheduler(self.program.names)
        while scheduler.new_execution():
            trace = stepped.run(self.program, TWO_WORKERS, scheduler)
            self.runs[tuple(dict.fromkeys(trace.schedule))] = trace.history
        return self

    def outcome(self, history: Iterable[Event]) -> Outcome:
        """The outcome of a run, without what its reader does not want to be compared."""
        return in_order(ignoring(outcome_of(history), self.program.ignore), self.unordered)

    def key(self, history: Iterable[Event]) -> str:
        """An outcome as a text, without what differs from run to run; but for ids given twice."""
        return self._key(self.outcome(history))

    def _key(self, outcome: Outcome) -> str:
        told = [without(outcome, self.volatile), [*self._given_twice(outcome)]]
        return json.dumps(told, sort_keys=True)

    def _given_twice(self, outcome: Outcome) -> Iterator[str]:
        """Ids that are left out, and that two equal requests of the program have both got."""
        asked = dict(zip(self.program.names, self.program.requests, strict=True))
        for client, *place in sorted(self.volatile, key=str):
            if len(place) < 2 or client not in asked or not is_like_an_id(str(place[-1])):
                continue
            value = value_at(outcome, (client, *place))
            for name, request in asked.items():
                mine = asked[str(client)]
                equal = (mine.method, mine.path) == (request.method, request.path)
                other = value_at(outcome, (name, *place))
                if str(client) < name and equal and value is not None and value == other:
                    yield f"{client} and {name}: {place[1:]}"

    def allows(self, history: History) -> bool:
        """Whether a run has come out right: as one order would, or as the invariants want it."""
        if self.program.invariants:
            return not broken(self.program, history)
        return self.key(history) in self.right or self._right_but_for_gaps(self.outcome(history))

    def _right_but_for_gaps(self, outcome: Outcome) -> bool:
        right = [self.outcome(run) for run in self.runs.values()]
        known = ids_of(right)
        same = (without_gaps(outcome, one, known) for one in right)
        return any(one is not None and self._key(one) in self.right for one in same)

    def allows_with_expiries(
        self, history: History, refused: Container[str], failed: Container[str]
    ) -> bool:
        """Whether some run, in which times-to-live may have run out, has the same outcome.

        refused   clients of requests that have changed nothing, as if they had not been sent
        failed    clients of requests that have done their work, and whose responses do not tell

        Where there were too many runs to learn them all, none is known to be wrong.
        """
        if self.cut_short:
            return True

        def shown(run: History) -> str:
            return self.key(e for e in run if e.client not in refused and e.client not in failed)

        runs = [*self.runs.values(), *self.expiring]
        sent = [run for run in runs if not any(event.client in refused for event in run)]
        whole = {event.client for event in history if event.client not in refused}
        alike = [run for run in sent if {event.client for event in run} == whole]
        return any(shown(run) == shown(history) for run in alike)

    def wrong_headers(self, history: History) -> str:
        """In words, the headers of a run that differ from those of an order with the same bodies."""
        mine = without(self.outcome(history), self.volatile)
        for run in self.runs.values():
            right = without(self.outcome(run), self.volatile)
            found = [*differences(right, mine)]
            if found and all(len(path) > BODY and path[1] == HEADERS for path in found):
                return "; ".join(_difference(path, right, mine) for path in found)
        return ""

    @cached_property
    def right(self) -> set[str]:
        """The keys of all runs; to be asked for when everything has been learned."""
        return {self.key(run) for run in self.runs.values()}

    def forget_right(self) -> None:
        """Something more is left out: the keys are to be worked out anew."""
        self.__dict__.pop("right", None)

    @property
    def first(self) -> History:
        """The run in which the requests come in the order of the program."""
        return next(iter(self.runs.values()))

    @property
    def again(self) -> History:
        """The same order a second time."""
        return next(iter(self.repeats.values()), History())

    @property
    def outcomes(self) -> list[History]:
        """The runs as they are shown: with `ANYTHING` where they differ each time."""
        return [self.shown(run) for run in self.runs.values()]

    def shown(self, run: History) -> History:
        """A run with `ANYTHING` where runs differ each time."""
        return History(map(self._shown, run))

    def _shown(self, event: Event) -> Event:
        places = [path[1:] for path in self.volatile if path[0] == event.client]
        if not places:
            return event
        said = without([event.status, as_compared(event.output), {}], places)
        return replace(event, output=said[BODY]) if isinstance(said, list) else event

    def volatile_in_words(self) -> str:
        """The places that are left out: "A: token, report: at"."""
        places = sorted({path_in_words(path) for path in self.volatile})
        return ", ".join(places)


def path_in_words(path: Path) -> str:
    client, *rest = path
    if rest[:1] == [HEADERS]:
        return f"{client}: {'.'.join(map(str, rest[1:])) or 'headers'} (a header)"
    return f"{client}: {'.'.join(map(str, rest[1:])) or 'the whole response'}"


def _difference(path: Path, right: object, wrong: object) -> str:
    what = f"the header {path[2]}" if len(path) > HEADERS else "the headers"
    said, expected = (json.dumps(value_at(each, path)) for each in (wrong, right))
    return f"{what} of {path[0]} is {said}, and one after the other {expected}"
