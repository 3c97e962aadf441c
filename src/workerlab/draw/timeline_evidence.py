"""A burst as evidence: the data of its picture as JSON, and back.

    {"history": [{"client": 0, "method": "POST", "path": "/increment", "called": 0.0,
                  "returned": 0.004, "status": 200, "output": {"count": 1}, "pid": 4711}, …],
     "order": [4, 0, 2], "first_illegal": 7, "twin": 2, "reason": "increment answered 3 where only 4 fits"}

`order`, `first_illegal` and `twin` are indices into `history`. All keys are optional: missing parts are
not drawn.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from workerlab.draw.timeline_order import Order
from workerlab.draw.words import clean, in_full
from workerlab.evidence import Evidence
from workerlab.history import Event, History

LONGEST = 200  # characters of a response; a submission may send as much as it likes


def burst_evidence(history: History, found: object = None) -> Evidence:
    """A burst, and the finding on its order (a Linearization, or the event that is wrong).

    Times are seconds since the first call. The bodies of requests are left out, and
    a long response is cut.
    """
    order = Order.of(found)
    places = {id(event): place for place, event in enumerate(history)}
    begin = min((event.called for event in history), default=0.0)
    evidence: Evidence = {"history": [_row(event, begin) for event in history]}
    if order.events:
        evidence["order"] = [places[id(event)] for event in order.events]
    if order.first_illegal is not None:
        evidence["first_illegal"] = places[id(order.first_illegal)]
    if order.twin is not None:
        evidence["twin"] = places[id(order.twin)]
    if order.reason:
        evidence["reason"] = order.reason
    return evidence


def burst_of(evidence: Evidence) -> tuple[History, Order] | None:
    """The burst in an evidence and its finding; None when there is none that can be drawn."""
    try:
        history = History(Event(**row) for row in evidence.get("history") or [])
        order = Order(
            [history[place] for place in evidence.get("order") or []],
            _at(history, evidence.get("first_illegal")),
            _at(history, evidence.get("twin")),
            clean(evidence.get("reason") or ""),
        )
    except (TypeError, ValueError, LookupError):  # written by something else, or by hand
        return None
    return (history, order) if history else None


def _row(event: Event, begin: float) -> dict[str, Any]:
    row = {name: value for name, value in asdict(event).items() if value is not None}
    row.pop("input", None)
    for name in ("called", "returned"):
        if name in row:
            row[name] = round(row[name] - begin, 6)
    if len(json.dumps(row.get("output"), default=str)) > LONGEST:
        row["output"] = in_full(event.output, LONGEST)
    return row


def _at(history: History, place: int | None) -> Event | None:
    return None if place is None else history[place]
