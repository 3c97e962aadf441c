"""Small random histories, and a checker so plain that it can be believed."""

from __future__ import annotations

import math
import random
from itertools import permutations

from workerlab.models.base import Operation


def legal(order: list[Operation], initial) -> bool:
    """Run the operations one after the other, by hand: no model of the project is used."""
    state = initial
    for operation in order:
        match operation.op:
            case ("increment",):
                state = answer = state + 1
            case ("report",) | ("read",):
                answer = state
            case ("reset",):
                state = answer = 0
            case ("write", value):
                state = answer = value
        if operation.output is not None and operation.output != answer:
            return False
    return True


def respects_real_time(order: list[Operation]) -> bool:
    return not any(
        later.returned < earlier.called
        for place, earlier in enumerate(order)
        for later in order[place + 1 :]
    )


def brute_force(operations: list[Operation], initial=0) -> bool:
    """Try every order of every choice of the unknown operations that took effect."""
    known = [o for o in operations if o.returned < math.inf]
    unknown = [o for o in operations if o.returned == math.inf]
    for chosen in range(2 ** len(unknown)):
        took_effect = [o for bit, o in enumerate(unknown) if chosen >> bit & 1]
        for order in permutations(known + took_effect):
            if legal(order, initial) and respects_real_time(order):
                return True
    return False


def most_in_order(operations: list[Operation], initial=0) -> int:
    """How many known operations the longest order has that is legal as far as it goes.

    It leaves out none that had returned before one of it was called.
    """

    def longest(order: list[Operation], left: list[Operation]) -> int:
        found = sum(one.returned < math.inf for one in order)
        for place, one in enumerate(left):
            others = left[:place] + left[place + 1 :]
            may_come = all(other.returned >= one.called for other in others)
            if may_come and legal([*order, one], initial):
                found = max(found, longest([*order, one], others))
        return found

    return longest([], operations)


def some_history(rng: random.Random, kind: str, size: int = 5, initial: int = 0) -> list[Operation]:
    """Return what a correct object could have answered, and often a corrupted form of it.

    Times are small whole numbers, so that ties between a call and a return are common.
    """
    points = sorted(rng.sample(range(3 * size), rng.randint(1, size)))
    state, operations = initial, []
    for point in points:
        op = _some_op(rng, kind)
        if op == ("increment",):
            state += 1
        elif op == ("reset",):
            state = 0
        elif op[0] == "write":
            state = op[1]
        called = point - rng.randint(0, 4)
        if rng.random() < 0.2:
            operations.append(Operation(op, None, called, math.inf))
            if rng.random() < 0.5:
                state = _undone(op, state)
        else:
            operations.append(Operation(op, state, called, point + rng.randint(0, 4)))
    for place, operation in enumerate(operations):
        if operation.output is not None and rng.random() < 0.25:
            wrong = rng.choice([-1, 0, 1, 2, 3])
            operations[place] = Operation(operation.op, wrong, operation.called, operation.returned)
    rng.shuffle(operations)
    return operations


def _undone(op, state):
    """The state had the operation never happened: exact for increments, a guess for others."""
    return state - 1 if op == ("increment",) else state


def _some_op(rng: random.Random, kind: str) -> tuple:
    if kind == "register":
        return rng.choice([("read",), ("write", rng.randint(0, 2))])
    return rng.choices([("increment",), ("report",), ("reset",)], [6, 3, 1])[0]
