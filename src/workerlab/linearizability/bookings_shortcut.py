"""Bookings are judged seat by seat: what was done to one seat does not touch the others.

A history fits one order exactly when the history of each seat does (Herlihy and Wing 1990; Horn and
Kroening 2015 call it P-compositionality). Seats belong together where one key or one id was used
for both. A report is about all seats at one moment: each seat must allow its share of it, and then
a moment is searched at which all of them do (`reports_search`).

    >>> from workerlab.models.bookings import bookings
    >>> book = ("book", "1A", "Ann", "k1"), ("book", "2B", "Bob", "k2")
    >>> at_once = [Operation(op, None, called=0.0, returned=1.0) for op in book]
    >>> [[str(operation) for operation in part.operations] for part in parts_of(at_once, bookings)]
    [['book(1A, Ann, k1)'], ['book(2B, Bob, k2)']]
"""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from workerlab.linearizability.counter_shortcut import NotForced
from workerlab.linearizability.reports_search import REPORT, ReportsSearch
from workerlab.models.base import Model, Operation
from workerlab.models.bookings import State, report_of


@dataclass
class Part:
    """Seats that belong together, and all that was done to them.

    own      without the reports
    shares   what each report says of these seats, as a report of them alone
    whole    the report of each share, by the share's id()
    """

    seats: set[str] = field(default_factory=set)
    own: list[Operation] = field(default_factory=list)
    shares: list[Operation] = field(default_factory=list)
    whole: dict[int, Operation] = field(default_factory=dict)

    @property
    def operations(self) -> list[Operation]:
        return self.own + self.shares

    def add_report(self, report: Operation, booked: dict[str, Any]) -> None:
        share = {seat: name for seat, name in booked.items() if seat in self.seats}
        self.shares.append(replace(report, output=report_of(share)))
        self.whole[id(self.shares[-1])] = report

    def original(self, operation: Operation) -> Operation:
        return self.whole.get(id(operation), operation)


def parts_of(operations: Iterable[Operation], model: Model[Any]) -> list[Part]:
    """Cut a history into parts that can be judged one by one. Raises NotForced.

    It cannot be cut where a reset comes later, or where some seats are booked before it.
    """
    if model.initial != State():
        raise NotForced("some seats are booked before it")
    first, operations = _first_reset(sorted(operations, key=lambda o: o.called))
    together = _Together()
    for operation in operations:
        if operation.op != REPORT:
            together.join(_names(operation))
    parts: dict[Hashable, Part] = {}
    reports = []
    for operation in operations:
        if operation.op == REPORT:
            if operation.output is None:
                raise NotForced("an answer that is not known")
            if (booked := _booked(operation)) is None:
                return [Part(own=[operation])]  # no bookings at all give this report
            reports.append((operation, booked))
            continue
        part = parts.setdefault(together.leader(_names(operation)[0]), Part())
        part.own.append(operation)
        if operation.op[0] == "book":
            part.seats.add(operation.op[1])
    known = {seat for part in parts.values() for seat in part.seats}
    unknown = {seat for _, booked in reports for seat in booked} - known
    found = [*first, *parts.values(), *(Part({seat}) for seat in sorted(unknown))] or [Part()]
    for report, booked in reports:
        for part in found:
            part.add_report(report, booked)
    return found


def _first_reset(operations: list[Operation]) -> tuple[list[Part], list[Operation]]:
    """A reset that was over before all others, as a part of its own; and the others."""
    if [o.op for o in operations[:1]] == [("reset",)]:
        reset, *others = operations
        if all(reset.returned < other.called for other in others):
            return [Part(own=[reset])], others
    return [], operations


def _names(operation: Operation) -> list[Hashable]:
    """What says where an operation belongs: its seat, its key, and the id of the booking."""
    match operation.op:
        case ("book", str(seat), _, key):
            id_ = getattr(operation.output, "id", None)
            return [("seat", seat), ("key", key), *([("id", id_)] if id_ is not None else [])]
        case ("cancel", id_):
            return [("id", id_)]
    raise NotForced("an operation that is not about one seat")


def _booked(report: Operation) -> dict[str, Any] | None:
    """Who has which seat, as a report says; None when its two numbers do not agree with that."""
    try:
        booked = json.loads("{" + str(report.output).partition("{")[2])
    except ValueError:
        return None
    return booked if isinstance(booked, dict) and report_of(booked) == report.output else None


class _Together:
    """Names that belong together (a union-find forest)."""

    def __init__(self) -> None:
        self._above: dict[Hashable, Hashable] = {}

    def leader(self, name: Hashable) -> Hashable:
        above = self._above.setdefault(name, name)
        while above != self._above[above]:
            self._above[name] = self._above[above]
            name, above = above, self._above[above]
        return above

    def join(self, names: list[Hashable]) -> None:
        first = self.leader(names[0])
        for name in names[1:]:
            self._above[self.leader(name)] = first


def all_together(parts: list[Part], model: Model[Any], deadline: float) -> ReportsSearch:
    """The search for an order of all parts, in which each report is true of the whole."""
    shares: dict[int, tuple[Operation, list[Any]]] = {}
    for place, part in enumerate(parts):
        for share in part.shares:
            report = part.original(share)
            row = shares.setdefault(id(report), (report, [None] * len(parts)))[1]
            row[place] = share.output
    own = [part.own for part in parts]
    return ReportsSearch(own, list(shares.values()), model, deadline)


def merged(orders: Iterable[list[Operation]]) -> list[Operation]:
    """One order of all, from a legal order of each part. It respects real time, as they do.

    Each operation takes effect at a moment between its call and its return: as early as what is
    before it in its part allows.
    """
    return [operation for _, operation in sorted(_moments(orders), key=lambda pair: pair[0])]


def _moments(orders: Iterable[list[Operation]]) -> Iterator[tuple[float, Operation]]:
    for order in orders:
        moment = -math.inf
        for operation in order:
            moment = max(moment, operation.called)
            yield moment, operation
