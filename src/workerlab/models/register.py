"""The sequential model of a register: one value that is read and written."""

from __future__ import annotations

from workerlab.models.base import Model, Op, State


def _apply_to_register(value: State, op: Op) -> tuple[State, State]:
    match op:
        case ("read",):
            return value, value
        case ("write", new) if new is not None:
            return new, new
    raise ValueError(f"a register knows no operation {op!r}")


# A write answers the value written. None is no value here: it stands for an unknown outcome.
register: Model[State] = Model("register", 0, _apply_to_register, reads=frozenset({"read"}))
