"""Is there one order of these operations that respects real time and that the model accepts?

A counter reveals its own order (`counter_shortcut`); all else is searched (`wing_gong`).

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
from workerlab.linearizability.counter_shortcut import NotForced, forced_order
from workerlab.linearizability.explain import twin_of, why_not
from workerlab.linearizability.wing_gong import WingGong
from workerlab.models.base import Model, Operation
from workerlab.models.counter import counter

__all__ = ["Linearization", "check"]


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
    With `shortcut`, counters that answer their value skip the search (see counter_shortcut.py).
    Running out of time gives `ok` None, inconclusive: never True.
    """
    operations = list(model.read(operations) if isinstance(operations, History) else operations)
    found = _checked(operations, model, deadline_s, shortcut)
    return replace(found, operations=operations)


def _checked(
    operations: list[Operation], model: Model[Any], deadline_s: float, shortcut: bool
) -> Linearization:
    search = WingGong(operations, model, time.monotonic() + deadline_s)
    verdict = None
    if shortcut and model.name == "counter":
        try:
            order = forced_order(operations, model.initial)
        except NotForced:
            pass
        else:
            if order is not None:
                return Linearization(True, order, None, _fits(operations), len(order))
            verdict = False  # settled; the search below only finds where it goes wrong
    if verdict is None:
        verdict = search.run()
    else:
        search.run(patient=False)
    states = len(search.seen)
    if verdict:
        return Linearization(True, search.order, None, _fits(operations), states)
    if verdict is None:
        reason = f"no answer after {states} states and {deadline_s:g} s: inconclusive"
        return Linearization(None, search.longest, None, reason, states)
    twin = twin_of(search.first_illegal, search.longest, model)
    reason = why_not(search.first_illegal, twin, search.longest, operations, model)
    return Linearization(False, search.longest, search.first_illegal, reason, states, twin)


def _fits(operations: list[Operation]) -> str:
    return f"one order fits all {len(operations)} operations"
