"""Words for the operation at which an order breaks off: what it answered and what would fit."""

from __future__ import annotations

from workerlab.models.base import Model, Operation


def why_not(
    misfit: Operation | None,
    twin: Operation | None,
    order: list[Operation],
    operations: list[Operation],
    model: Model,
) -> str:
    """Say in one line what the misfit answered, and what would have fitted after `order`."""
    if misfit is None:
        return "no order fits"
    state = model.initial
    for operation in order:
        state = model.step(state, operation.op, operation.output)
    _, legal = model.apply(state, misfit.op)
    reason = f"{misfit} answered {misfit.output} where only {legal} fits"
    if twin:
        return f"{reason}: another {misfit} was answered {misfit.output} already"
    nobody = not any(o.op == misfit.op and o.output == legal for o in operations)
    if nobody and misfit.op[0] not in model.reads:
        return f"{reason}: no {misfit} was answered {legal}"
    return reason


def twin_of(misfit: Operation | None, order: list[Operation], model: Model) -> Operation | None:
    """The same request with the same answer, with no other kind (a reset) in between."""
    if misfit is None or misfit.op[0] in model.reads:
        return None
    for operation in reversed(order):
        if operation.op == misfit.op and operation.output == misfit.output:
            return operation
        if operation.op != misfit.op and operation.op[0] not in model.reads:
            return None
    return None
