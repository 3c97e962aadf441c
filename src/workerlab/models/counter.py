"""The sequential model of a counter that answers {"count": n}."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from workerlab.history import Event
from workerlab.models.base import Model, Op, Operation

COUNTER_REQUESTS: dict[tuple[str, str], Op] = {
    ("POST", "/increment"): ("increment",),
    ("GET", "/report"): ("report",),
    ("POST", "/reset"): ("reset",),
}


def _apply_to_counter(count: int, op: Op) -> tuple[int, int]:
    match op:
        case ("increment",):
            return count + 1, count + 1
        case ("report",):
            return count, count
        case ("reset",):
            return 0, 0
    raise ValueError(f"a counter knows no operation {op!r}")


def counter_operations(history: Iterable[Event]) -> list[Operation]:
    """Return what a history of the counter contract did to the counter.

    Requests to other paths, and those that never reached the server, are left out. A request
    without a response, or with an error status, has an unknown outcome: it may have
    counted or not. A report of unknown outcome says nothing and is left out.

    >>> [(str(o), o.output) for o in counter_operations([
    ...     Event(0, "POST", "/increment", None, 0.1, 0.2, 200, {"count": 1}),
    ...     Event(1, "POST", "/increment", None, 0.1, error="ReadTimeout"),
    ...     Event(2, "GET", "/report", None, 0.1, 0.2, 200, "<html>")])]
    [('increment', 1), ('increment', None), ('report', '"<html>"')]
    """
    operations = []
    for event in history:
        op = COUNTER_REQUESTS.get((event.method.upper(), event.path))
        if op is None or not event.sent:
            continue
        if event.ok and event.returned is not None:
            output = count_in(event.output)
            operations.append(Operation(op, output, event.called, event.returned, event))
        elif op[0] not in counter.reads:
            operations.append(Operation(op, None, event.called, math.inf, event))
    return operations


def count_in(body: Any) -> int | str:
    """Return n of {"count": n}; of any other body its text, which no model takes for legal."""
    count = body.get("count") if isinstance(body, dict) else None
    # True is an int to Python, but not a count.
    return count if isinstance(count, int) and not isinstance(count, bool) else json.dumps(body)


counter = Model(
    "counter", 0, _apply_to_counter, reads=frozenset({"report"}), read=counter_operations
)
