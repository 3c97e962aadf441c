"""The sequential model of lab 11: one value, the same in every worker.

How many workers there are is not for this model to say: any number is a legal response to a PUT.

    >>> state, answer = settings.apply(settings.initial, ("put", '"dark"'))
    >>> state, answer
    ('"dark"', 'the number of workers')
    >>> settings.step(state, ("get",), "null") is None
    True
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from workerlab.history import Event
from workerlab.models.base import Model, Op, Operation

WORKERS = "the number of workers"


def number_in(body: Any) -> int | None:
    """The n of {"workers": n}; None for anything else, such as no worker at all."""
    n = body.get("workers") if isinstance(body, dict) else None
    return n if type(n) is int and n > 0 else None


def setting_operations(history: Iterable[Event]) -> list[Operation]:
    """Return what a history of lab 11's requests did to the value.

    Requests to other paths are left out, and so is a GET without a response. A PUT without one
    has an unknown outcome.
    """
    operations = []
    for event in history:
        op = _operation(event) if event.sent else None
        if op is None:
            continue
        if event.ok and event.returned is not None:
            output = _output(event, op)
            operations.append(Operation(op, output, event.called, event.returned, event))
        elif op[0] not in settings.reads:
            operations.append(Operation(op, None, event.called, math.inf, event))
    return operations


def _operation(event: Event) -> Op | None:
    match event.method.upper(), event.path:
        case "PUT", "/settings":
            return "put", json.dumps(event.input["value"])
        case "GET", "/settings":
            return ("get",)
    return None


def _output(event: Event, op: Op) -> str:
    body = event.output
    if op[0] == "put":
        return WORKERS if number_in(body) else json.dumps(body)
    whole = isinstance(body, dict) and "value" in body
    return json.dumps(body["value"]) if whole else f"no value: {json.dumps(body)}"


def _apply(value: str, op: Op) -> tuple[str, str]:
    match op:
        case ("get",):
            return value, value
        case ("put", new):
            return new, WORKERS
    raise ValueError(f"the model of settings knows no operation {op!r}")


settings = Model(
    "settings", "null", _apply, reads=frozenset({"get"}), read=setting_operations, listens=True
)
