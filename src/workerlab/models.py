"""Sequential models: what an object does when only one request touches it at a time.

A model is the truth a history is held against. `apply` says what one operation does to a
state and what it answers; `step` asks whether an answer that was seen is a legal one.

    >>> counter.apply(4, ("increment",))
    (5, 5)
    >>> counter.step(4, ("increment",), 5)
    5
    >>> counter.step(4, ("increment",), 4) is None      # after 4 the answer must be 5
    True
    >>> counter.step(4, ("increment",), None)           # outcome unknown: any answer is legal
    5
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from workerlab.history import Event

State = Hashable
Op = tuple  # (name, *arguments), hashable


@dataclass(frozen=True, eq=False)  # each operation is itself only, however much two look alike
class Operation:
    """One operation on the object, as its client saw it. Times in seconds.

    `output` None means that the answer is unknown; `returned` infinite means that it never
    came, so the operation may take effect at any time after `called`, or never.
    """

    op: Op
    output: Any
    called: float
    returned: float = math.inf
    event: Event | None = None

    def __str__(self) -> str:
        name, *arguments = self.op
        return f"{name}({', '.join(map(str, arguments))})" if arguments else str(name)


class OneOf(tuple):
    """Several answers, each of them legal."""

    __slots__ = ()

    def __str__(self) -> str:
        return " or ".join(map(str, self))


@dataclass(frozen=True)
class Model:
    """A sequential object. States are hashable and never None, since None means "illegal".

    `apply(state, op)` returns the new state and the one legal answer (or OneOf several), which
    is never None; `reads` names the operations that never change the state, whatever it is.
    `read` is how a history of requests becomes operations on it, and `refuses` says that 4xx
    is an answer like any other. `listens` says that a worker does something beside its requests
    that others wait for, so a request must never be held with its whole worker.
    """

    name: str
    initial: State
    apply: Callable[[State, Op], tuple[State, Any]]
    reads: frozenset[str] = frozenset()
    read: Callable[[Iterable[Event]], list[Operation]] | None = None
    refuses: bool = False
    listens: bool = False

    def step(self, state: State, op: Op, output: Any) -> State | None:
        """Return the state after `op`, or None when `output` is not a legal answer to it."""
        after, answer = self.apply(state, op)
        legal = answer if isinstance(answer, OneOf) else (answer,)
        return after if output is None or output in legal else None

    def starting_at(self, initial: State) -> Model:
        """Return the same model with another first state, such as a counter that is at 7."""
        return replace(self, initial=initial)


def _apply_to_counter(count: int, op: Op) -> tuple[int, int]:
    match op:
        case ("increment",):
            return count + 1, count + 1
        case ("report",):
            return count, count
        case ("reset",):
            return 0, 0
    raise ValueError(f"a counter knows no operation {op!r}")


def _apply_to_register(value: State, op: Op) -> tuple[State, State]:
    match op:
        case ("read",):
            return value, value
        case ("write", new) if new is not None:
            return new, new
    raise ValueError(f"a register knows no operation {op!r}")


COUNTER_REQUESTS = {
    ("POST", "/increment"): ("increment",),
    ("GET", "/report"): ("report",),
    ("POST", "/reset"): ("reset",),
}


def counter_operations(history: Iterable[Event]) -> list[Operation]:
    """Return what a history of the counter contract did to the counter.

    Requests to other paths, and those that never reached the server, are left out. A request
    without an answer, or answered with an error status, has an unknown outcome: it may have
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


counter = Model(
    "counter", 0, _apply_to_counter, reads=frozenset({"report"}), read=counter_operations
)
# A write answers the value written. None is no value here: it stands for an unknown outcome.
register = Model("register", 0, _apply_to_register, reads=frozenset({"read"}))
MODELS = {model.name: model for model in (counter, register)}


def count_in(body: Any) -> int | str:
    """Return n of {"count": n}; of any other body its text, which no model takes for legal."""
    count = body.get("count") if isinstance(body, dict) else None
    # True is an int to Python, but not a count to anybody else.
    return count if isinstance(count, int) and not isinstance(count, bool) else json.dumps(body)
