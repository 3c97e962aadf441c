"""A counter that answers with its new value reveals its own order: the shortcut of the checker.

The increment that answered 7 comes seventh after the last reset, and a report of 7 comes
between the seventh and the eighth. So there is nothing to search: put the operations in the
one order that their responses allow, and see whether it goes against real time.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator

from workerlab.models.base import Operation


class NotForced(Exception):
    """The responses do not settle the order (a reset meets other operations): search instead."""


def forced_order(operations: Iterable[Operation], initial: int) -> list[Operation] | None:
    """Return the only order that the responses allow, or None when that order is illegal.

    Increments of unknown outcome fill the values that no response had. The earliest
    called goes to the lowest such value: an exchange argument shows that if any filling is
    legal, this one is. Sorting apart, the time is linear. Raises NotForced.
    """
    known = sorted((o for o in operations if o.returned < math.inf), key=lambda o: o.called)
    spare = deque(_unknown_increments(operations))
    order: list[Operation] = []
    for start, epoch in _epochs(known, initial):
        placed = _by_response(epoch, start, spare)
        if placed is None:
            return None
        order += placed
    return order if _respects_real_time(order) else None


def _unknown_increments(operations: Iterable[Operation]) -> list[Operation]:
    unknown = [o for o in operations if o.returned == math.inf and o.op != ("report",)]
    if any(o.op != ("increment",) for o in unknown):
        raise NotForced("a reset of unknown outcome")
    return sorted(unknown, key=lambda o: o.called)


def _epochs(known: list[Operation], initial: int) -> Iterator[tuple[int, list[Operation]]]:
    """Cut at the resets; yield the value that each part starts from and its operations."""
    start, last_return = initial, -math.inf
    epoch: list[Operation] = []
    quiet_since = -math.inf  # when the reset before this one returned
    for operation in known:
        if operation.output is None:
            raise NotForced("an answer that is not known")
        if operation.called <= quiet_since:
            raise NotForced("a reset that meets another operation")
        if operation.op == ("reset",):
            if operation.called <= last_return:
                raise NotForced("a reset that meets another operation")
            yield start, epoch
            start, epoch, quiet_since = 0, [operation], operation.returned
        else:
            epoch.append(operation)
        last_return = max(last_return, operation.returned)
    yield start, epoch


def _by_response(
    epoch: list[Operation], start: int, spare: deque[Operation]
) -> list[Operation] | None:
    """Return the operations by the value they answered, gaps filled from `spare`; None if unfit."""
    if any(type(o.output) is not int for o in epoch):
        return None
    increments: dict[int, Operation] = {}
    reports: dict[int, list[Operation]] = defaultdict(list)
    order = []
    for operation in epoch:
        if operation.op == ("increment",):
            if operation.output in increments or operation.output <= start:
                return None
            increments[operation.output] = operation
        elif operation.op == ("report",):
            reports[operation.output].append(operation)
        elif operation.output != 0:
            return None
        else:
            order.append(operation)  # the reset that begins this epoch
    top = max([start, *increments, *reports])
    # Counted before they are walked: one absurd response must not cost a billion steps.
    if min(reports, default=start) < start or top - start - len(increments) > len(spare):
        return None
    order += reports[start]
    for value in range(start + 1, top + 1):
        order.append(increments[value] if value in increments else spare.popleft())
        order += reports.get(value, [])
    return order


def _respects_real_time(order: list[Operation]) -> bool:
    """False when some operation had returned before one that the order puts ahead of it began."""
    latest_call = -math.inf
    for operation in order:
        latest_call = max(latest_call, operation.called)
        if operation.returned < latest_call:
            return False
    return True
