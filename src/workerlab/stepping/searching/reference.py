"""What an app that is its own model should respond: its requests, one really after the other.

Each order is run on one worker that holds nobody: a request is sent when everything that the one
before it started has ended. Each order is run twice. What differs between the two (an id, a token, a
time) is left out of every comparison, and named.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import permutations

from workerlab.errors import BadUsage
from workerlab.history import Event, History
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.placeholders import filled, filled_after, unknown_field
from workerlab.stepping.program import TWO_WORKERS, Program
from workerlab.stepping.searching.schedulers import SerialScheduler

ANYTHING = "…"  # stands in an outcome where the app responds differently each time

Path = tuple[str | int, ...]
"""A place in a request's response: its client, then keys and indexes."""
Outcome = dict[str, object]
"""By client, the status and the body of each response of a run."""


def outcome_of(history: Iterable[Event]) -> Outcome:
    """The responses of a run by client; those to the requests before are left out.

    Where a client has asked several workers, each other response has a number behind its name.
    """
    outcome: Outcome = {}
    for event in history:
        if event.client == "-" or event.unknown:
            continue
        said = [event.status, event.output]
        names = [str(event.client), *(f"{event.client} {number}" for number in range(2, 100))]
        name = next(name for name in names if outcome.get(name, said) == said)
        outcome[name] = said
    return outcome


def differences(one: object, other: object, path: Path = ()) -> Iterator[Path]:
    """The places in which two values differ.

    >>> list(differences({"id": 1, "n": [2, 3]}, {"id": 5, "n": [2, 4]}))
    [('id',), ('n', 1)]
    """
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key in one:
            yield from differences(one[key], other[key], (*path, key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, (*path, index))
    elif one != other or type(one) is not type(other):
        yield path


def value_at(value: object, path: Path) -> object:
    """The value at a place; None when there is none."""
    for step in path:
        try:
            value = value[step]  # type: ignore[index]  # whatever it is, a wrong step is caught
        except (TypeError, KeyError, IndexError):
            return None
    return value


def without(value: object, places: Iterable[Path]) -> object:
    """The value with `ANYTHING` at these places, as far as it has them."""
    for path in places:
        value = _replaced(value, path)
    return value


def _replaced(value: object, path: Path) -> object:
    if not path:
        return ANYTHING
    head, *rest = path
    if isinstance(value, dict) and head in value:
        return {**value, head: _replaced(value[head], tuple(rest))}
    if isinstance(value, list) and isinstance(head, int) and head < len(value):
        return [*value[:head], _replaced(value[head], tuple(rest)), *value[head + 1 :]]
    return value


@dataclass
class Reference:
    """The right outcomes of a program, learned from the app.

    runs       each order's first run on one worker, by the order
    volatile   the places that differ from run to run
    unstable   of an order whose statuses differ from run to run: both runs
    """

    program: Program
    runs: dict[tuple[str, ...], History] = field(default_factory=dict)
    volatile: set[Path] = field(default_factory=set)
    again: History = field(default_factory=History)  # the second run of the first order
    unstable: tuple[History, History] | None = None

    @classmethod
    def learned(cls, stepped: SteppedServer, program: Program) -> Reference:
        """Run every order twice, on one worker."""
        reference = cls(program)
        if program.starts_a_worker:
            return reference._learn_starts(stepped)
        pid = stepped.workers[0]
        for order in permutations(program.names):
            first = reference.runs[order] = one_by_one(stepped, program, order, [pid])
            if first.unknown:
                break  # there is nothing to learn, and each further one may take long
            second = one_by_one(stepped, program, order, [pid])
            reference.again = reference.again or second
            found = {*differences(outcome_of(first), outcome_of(second))}
            if any(len(path) < 2 or path[1] == 0 for path in found):  # a status, or a response
                reference.unstable = first, second
            reference.volatile |= found
        return reference

    def _learn_starts(self, stepped: SteppedServer) -> Reference:
        """A worker that starts is held from the beginning: so each order is run as a schedule, once."""
        scheduler = SerialScheduler(self.program.names)
        while scheduler.new_execution():
            trace = stepped.run(self.program, TWO_WORKERS, scheduler)
            self.runs[tuple(dict.fromkeys(trace.schedule))] = trace.history
        return self

    def key(self, history: Iterable[Event]) -> str:
        """An outcome as a text, without what differs from run to run."""
        return json.dumps(without(outcome_of(history), self.volatile), sort_keys=True)

    @cached_property
    def right(self) -> set[str]:
        """The keys of all runs; to be asked for when everything has been learned."""
        return {self.key(run) for run in self.runs.values()}

    @property
    def first(self) -> History:
        """The run in which the requests come in the order of the program."""
        return next(iter(self.runs.values()))

    def volatile_in_words(self) -> str:
        """The places that are left out: "A: token, report: at"."""
        places = sorted({_in_words(path) for path in self.volatile})
        return ", ".join(places)


def _in_words(path: Path) -> str:
    client, *rest = path
    return f"{client}: {'.'.join(map(str, rest[1:])) or 'the whole response'}"


def one_by_one(
    stepped: SteppedServer, program: Program, order: Iterable[str], pids: list[int]
) -> History:
    """A run in this order in which no request begins before all of the one before it has ended.

    pids   the workers: the requests of the program take turns on them, and each is asked at the end

    Raises BadUsage when a request names a field that no response has.
    """
    before = History(stepped.alone(request, "-", pids[0]) for request in program.before)
    for request in (*program.requests, *program.after):
        if "{before." in str(request) and (why := unknown_field(request, before, [])):
            raise BadUsage(why, "name a field that the response has")
    ready = filled(program, before)
    requests = dict(zip(ready.names, ready.requests, strict=True))
    place = {name: pids[index % len(pids)] for index, name in enumerate(ready.names)}
    met: dict[str, Event] = {}
    for name in order:
        met[name] = stepped.alone(requests[name], name, place[name])
        if met[name].unknown:
            return History([*before, *met.values()])
    history = History([*before, *(met[name] for name in ready.names)])
    for name, request in zip(ready.last_names, ready.after, strict=True):
        if why := unknown_field(request, before, history):
            raise BadUsage(why, "name a field that the response has")
        for pid in pids:
            event = stepped.alone(filled_after(request, history), name, pid)
            history.append(event if pid == pids[0] else replace(event, client=f"{name} of {pid}"))
    return history
