"""A sequential model: what an object does when only one request touches it at a time.

A model is the specification that a history is checked against. `apply` says what one operation does to a
state and what it answers; `step` asks whether a response that was seen is legal.

    >>> from workerlab.models.counter import counter
    >>> counter.apply(4, ("increment",))
    (5, 5)
    >>> counter.step(4, ("increment",), 5)
    5
    >>> counter.step(4, ("increment",), 4) is None      # after 4 the response must be 5
    True
    >>> counter.step(4, ("increment",), None)           # outcome unknown: any is legal
    5
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from workerlab.history import Event

State = Hashable
S = TypeVar("S", bound=Hashable)  # the states of one model
Op = tuple[str, *tuple[Any, ...]]  # (name, *arguments), hashable


@dataclass(frozen=True, eq=False)  # each operation is itself only, however much two look alike
class Operation:
    """One operation on the object, as its client saw it. Times in seconds.

    `output` None means that the response is unknown; `returned` infinite means that it never
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


class OneOf(tuple[Any, ...]):
    """Several responses, each of them legal."""

    __slots__ = ()

    def __str__(self) -> str:
        return " or ".join(map(str, self))


def _no_reading(history: Iterable[Event]) -> list[Operation]:
    raise TypeError("this model does not say what requests do to its object")


@dataclass(frozen=True)
class Model(Generic[S]):
    """A sequential object. States are hashable and never None, since None means "illegal".

    `apply(state, op)` returns the new state and the one legal response (or OneOf several), which
    is never None; `reads` names the operations that never change any state.
    `read` is how a history of requests becomes operations on it, and `refuses` says that 4xx
    is a response like any other. `listens` says that a worker does something beside its requests
    that others wait for, so a request must never be held with its whole worker.
    """

    name: str
    initial: S
    apply: Callable[[S, Op], tuple[S, Any]]
    reads: frozenset[str] = frozenset()
    read: Callable[[Iterable[Event]], list[Operation]] = _no_reading
    refuses: bool = False
    listens: bool = False

    def step(self, state: S, op: Op, output: Any) -> S | None:
        """Return the state after `op`, or None when `output` is not a legal response to it."""
        after, answer = self.apply(state, op)
        legal = answer if isinstance(answer, OneOf) else (answer,)
        return after if output is None or output in legal else None

    def starting_at(self, initial: S) -> Model[S]:
        """Return the same model with another first state, such as a counter that is at 7."""
        return replace(self, initial=initial)
