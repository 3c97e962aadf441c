"""Small random histories, and a checker so plain that it can be believed."""

from __future__ import annotations

import math
import random
from itertools import permutations

from workerlab.models.base import Operation
from workerlab.models.bookings import BookingResponse, bookings, report_of


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


def fits_one_order(operations: list[Operation]) -> bool:
    """The same for bookings: their model says what is legal, every order is tried."""
    known = [o for o in operations if o.returned < math.inf]
    unknown = [o for o in operations if o.returned == math.inf]

    def goes_on(state, left: list[Operation], may_come: list[Operation]) -> bool:
        if not left:
            return True
        for one in (*left, *may_come):
            if any(other.returned < one.called for other in left if other is not one):
                continue
            after = bookings.step(state, one.op, one.output)
            others = [o for o in left if o is not one], [o for o in may_come if o is not one]
            if after is not None and goes_on(after, *others):
                return True
        return False

    return goes_on(bookings.initial, known, unknown)


def some_register_history(rng: random.Random, size: int = 6, initial: int = 0) -> list[Operation]:
    """The same with writes that all differ; some are read before they are over, or never."""
    operations, value, written = [], initial, [initial]
    for point in sorted(rng.sample(range(3 * size), rng.randint(1, size))):
        called, returned = point - rng.randint(0, 6), point + rng.randint(0, 6)
        if rng.random() < 0.5:
            operations.append(Operation(("read",), value, called, returned))
            continue
        new = len(written) + 10
        written.append(new)
        known = rng.random() < 0.8
        if known or rng.random() < 0.5:
            value = new
        operations.append(
            Operation(("write", new), *((new, called, returned) if known else (None, called)))
        )
    for place, one in enumerate(operations):
        if one.output is not None and rng.random() < (0.4 if one.op == ("read",) else 0.05):
            wrong = rng.choice([*written, -1])
            operations[place] = Operation(one.op, wrong, one.called, one.returned)
    rng.shuffle(operations)
    return operations


def some_bookings(
    rng: random.Random, size: int = 6, seats: tuple[str, ...] = ("1A", "2B", "3C"), reports=0.3
) -> list[Operation]:
    """What one seat or more could have answered, and often a corrupted form of it.

    A report is often corrupted to one that mixes what it could say at several moments.
    """
    operations: list[Operation] = []
    held: dict[str, tuple[str, str, str]] = {}  # name, key, id of each seat that is booked
    over: list[str] = []  # ids that were cancelled
    for point in sorted(rng.sample(range(3 * size), rng.randint(size // 2, size))):
        called, returned = point - rng.randint(0, 6), point + rng.randint(0, 6)
        luck, number = rng.random(), len(operations)
        if luck < reports:
            said = report_of({seat: booking[0] for seat, booking in held.items()})
            operations.append(Operation(("report",), said, called, returned))
            continue
        known = rng.random() < 0.85
        takes_effect = known or rng.random() < 0.5
        if luck < reports + 0.2:
            ids = [booking[2] for booking in held.values()] + over + ["none"]
            id_ = rng.choice(ids)
            found = [seat for seat, booking in held.items() if booking[2] == id_]
            answer = "204" if found or (id_ in over and rng.random() < 0.5) else "404"
            if found and takes_effect:
                over.append(held.pop(found[0])[2])
            op, output = ("cancel", id_), answer
        else:
            seat, name = rng.choice(seats), rng.choice(["Ann", "Bob"])
            key = rng.choice([f"k{number}", f"k{number}", f"k{max(0, number - 1)}"])
            op = ("book", seat, name, key)
            own = next((b for b in held.values() if b[1] == key), None)
            if own is not None:
                output = BookingResponse(f"200 {seat} {name}", own[2])
            elif seat in held:
                output = BookingResponse("409", None)
            else:
                output = BookingResponse(f"201 {seat} {name}", f"i{number}")
                if takes_effect:
                    held[seat] = (name, key, f"i{number}")
        operations.append(Operation(op, *((output, called, returned) if known else (None, called))))
    for place, one in enumerate(operations):
        if one.output is not None and rng.random() < 0.12:
            alike = [o.output for o in operations if o.op[0] == one.op[0] and o.output is not None]
            operations[place] = Operation(one.op, rng.choice(alike), one.called, one.returned)
        if one.op == ("report",) and rng.random() < 0.3:
            sold = [o.op[1:3] for o in operations if o.op[0] == "book"] + [("9F", "Eve")]
            mixed = report_of(dict(rng.sample(sold, rng.randrange(len(sold)))))
            operations[place] = Operation(one.op, mixed, one.called, one.returned)
    rng.shuffle(operations)
    return operations
