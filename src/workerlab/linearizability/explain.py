"""Words for the operation at which an order breaks off: what it answered and what would fit."""

from __future__ import annotations

from typing import Any

from workerlab.models.base import Model, Operation


def why_not(
    first_illegal: Operation | None,
    twin: Operation | None,
    order: list[Operation],
    operations: list[Operation],
    model: Model[Any],
) -> str:
    """Say in one line what the first illegal operation answered, and what would have fitted after `order`."""
    if first_illegal is None:
        return "no order fits"
    state = model.initial
    for operation in order:
        state = model.step(state, operation.op, operation.output)
    _, legal = model.apply(state, first_illegal.op)
    reason = f"{first_illegal} answered {first_illegal.output} where only {legal} fits"
    if twin:
        return f"{reason}: another {first_illegal} was answered {first_illegal.output} already"
    unanswered = not any(o.op == first_illegal.op and o.output == legal for o in operations)
    if unanswered and first_illegal.op[0] not in model.reads:
        return f"{reason}: no {first_illegal} was answered {legal}"
    return reason


def twin_of(
    first_illegal: Operation | None, order: list[Operation], model: Model[Any]
) -> Operation | None:
    """The same request with the same response, with no other kind (a reset) in between."""
    if first_illegal is None or first_illegal.op[0] in model.reads:
        return None
    for operation in reversed(order):
        if operation.op == first_illegal.op and operation.output == first_illegal.output:
            return operation
        if operation.op != first_illegal.op and operation.op[0] not in model.reads:
            return None
    return None
