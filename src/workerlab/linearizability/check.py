"""Is there one order of these operations that respects real time and that the model accepts?

A counter reveals its own order (`counter_shortcut`), and so does a register whose writes differ
(`register_shortcut`). Bookings fall into parts (`bookings_shortcut`). All else is searched
(`wing_gong`). So the time grows little faster than the history, as a rule.

    >>> from workerlab.models.base import Operation
    >>> from workerlab.models.counter import counter
    >>> both_answered_one = [Operation(("increment",), 1, called=0.0, returned=2.0),
    ...                      Operation(("increment",), 1, called=1.0, returned=3.0)]
    >>> result = check(both_answered_one, counter)
    >>> result.ok
    False
    >>> print(result.reason)
    increment answered 1 where only 2 fits: another increment was answered 1 already
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from workerlab.history import History
from workerlab.linearizability.bookings_shortcut import Part, all_together, merged, parts_of
from workerlab.linearizability.counter_shortcut import NotForced, forced_order
from workerlab.linearizability.explain import twin_of, why_not
from workerlab.linearizability.register_shortcut import order_of_blocks
from workerlab.linearizability.reports_search import TooLong
from workerlab.linearizability.wing_gong import WingGong
from workerlab.models.base import Model, Operation
from workerlab.models.counter import counter

__all__ = ["Linearization", "check"]

STATES_FOR_A_REASON = 2_000  # of a search that only finds where an order goes wrong


@dataclass(frozen=True)
class Linearization:
    """The result of `check`; in a notebook, the burst with its order drawn.

    `ok` is True, False, or None when time ran out. `order` is a legal order, or else the
    longest legal beginning that was found; `first_illegal` the operation that had to come next and
    could not, and `twin` the one that got the same response before it; `states` how many states
    the search visited.
    """

    ok: bool | None
    order: list[Operation] = field(default_factory=list)
    first_illegal: Operation | None = None
    reason: str = ""
    states: int = 0
    twin: Operation | None = None
    operations: list[Operation] = field(default_factory=list, repr=False)  # all that were asked


def check(
    operations: Iterable[Operation] | History,
    model: Model[Any] = counter,
    deadline_s: float = 10.0,
    *,
    shortcut: bool = True,
) -> Linearization:
    """Look for one legal order of `operations`. Takes at most about `deadline_s` seconds.

    A whole history is taken, too: the model reads it as operations.

    Two operations may go in either order unless one returned before the other was called.
    With `shortcut`, what the responses settle is not searched for.
    Running out of time gives `ok` None, inconclusive: never True.
    """
    operations = list(model.read(operations) if isinstance(operations, History) else operations)
    found = _checked(operations, model, deadline_s, shortcut)
    return replace(found, operations=operations)


def _checked(
    operations: list[Operation], model: Model[Any], deadline_s: float, shortcut: bool
) -> Linearization:
    deadline = time.monotonic() + deadline_s
    ways = {
        "counter": _by_value,
        "register": _by_blocks,
        "settings": _by_blocks,
        "bookings": _by_seat,
    }
    if shortcut and model.name in ways:
        try:
            return ways[model.name](operations, model, deadline)
        except NotForced:
            pass
    return _searched(operations, model, deadline)


def _by_value(operations: list[Operation], model: Model[Any], deadline: float) -> Linearization:
    order = forced_order(operations, model.initial)
    if order is not None:
        return _legal(order, operations, len(order))
    search = WingGong(operations, model, deadline)
    search.run(patient=False)  # it is settled; the search only finds where it goes wrong
    return _breaks_off(search.longest, search.first_illegal, operations, model, len(search.seen))


def _by_blocks(operations: list[Operation], model: Model[Any], deadline: float) -> Linearization:
    order, left = order_of_blocks(operations, model)
    if not left:
        return _legal(order, operations, len(order))
    reached = model.initial
    for operation in order:
        reached = model.step(reached, operation.op, operation.output)
    # It is settled; the search goes on from there, to find where it goes wrong.
    search = WingGong(left, model.starting_at(reached), deadline, STATES_FOR_A_REASON)
    search.run()
    longest = order + search.longest
    return _breaks_off(longest, search.first_illegal, operations, model, len(search.seen))


def _by_seat(operations: list[Operation], model: Model[Any], deadline: float) -> Linearization:
    parts = parts_of(operations, model)
    orders, states = [], 0
    for part in parts:
        search = WingGong(part.operations, model, deadline)
        verdict = search.run()
        states += len(search.seen)
        if verdict is None:
            return _out_of_time(search.longest, states)
        if not verdict:
            return _one_seat_breaks(operations, part, search, model, deadline)
        orders.append(search.order)
    if not any(part.shares for part in parts):
        return _legal(merged(orders), operations, states)
    return _all_seats(operations, parts, model, deadline)


def _one_seat_breaks(
    operations: list[Operation], part: Part, found: WingGong, model: Model[Any], deadline: float
) -> Linearization:
    """It is settled. Of a short history the order of all is shown, else that of these seats."""
    search = WingGong(operations, model, deadline, STATES_FOR_A_REASON)
    if search.run() is False:
        states = len(search.seen)
        return _breaks_off(search.longest, search.first_illegal, operations, model, states)
    own = _breaks_off(found.longest, found.first_illegal, part.operations, model, len(found.seen))
    about = ", ".join(sorted(part.seats))
    return replace(
        own,
        order=[part.original(operation) for operation in own.order],
        first_illegal=own.first_illegal and part.original(own.first_illegal),
        reason=f"{own.reason} ({about} alone)" if about else f"{own.reason}: no bookings give it",
    )


def _all_seats(
    operations: list[Operation], parts: list[Part], model: Model[Any], deadline: float
) -> Linearization:
    """Each seat allows its share of the reports; is there a moment at which all of them do?"""
    search = all_together(parts, model, deadline)
    try:
        order = search.run()
    except TooLong:
        return _out_of_time(search.beginning(), search.steps)
    if order is not None:
        return _legal(order, operations, search.steps)
    beginning, report = search.beginning(), search.first_illegal()
    return _breaks_off(beginning, report, operations, model, search.steps)


def _searched(operations: list[Operation], model: Model[Any], deadline: float) -> Linearization:
    search = WingGong(operations, model, deadline)
    verdict, states = search.run(), len(search.seen)
    if verdict:
        return _legal(search.order, operations, states)
    if verdict is None:
        return _out_of_time(search.longest, states)
    return _breaks_off(search.longest, search.first_illegal, operations, model, states)


def _legal(order: list[Operation], operations: list[Operation], states: int) -> Linearization:
    reason = f"one order fits all {len(operations)} operations"
    return Linearization(True, order, None, reason, states)


def _breaks_off(
    order: list[Operation],
    first_illegal: Operation | None,
    operations: list[Operation],
    model: Model[Any],
    states: int,
) -> Linearization:
    twin = twin_of(first_illegal, order, model)
    reason = why_not(first_illegal, twin, order, operations, model)
    return Linearization(False, order, first_illegal, reason, states, twin)


def _out_of_time(order: list[Operation], states: int) -> Linearization:
    reason = f"no answer after {states} states in the time there was: inconclusive"
    return Linearization(None, order, None, reason, states)
