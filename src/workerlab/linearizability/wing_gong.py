"""The search of Wing and Gong (1993), with the memory of Lowe (2017).

Take any operation that may come next, see whether the model accepts its response, go on; at a dead
end take the last one back. Two paths that have placed the same operations and reached the same
state have the same future, so the second is not walked again. An operation without a response may
be placed at any time after its call, or never.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

from workerlab.models.base import Model, Op, Operation, State

# About 300 bytes each: enough for the memory of a small machine.
MOST_STATES = 1_000_000


class WingGong:
    """The state of the search: placed operations, those left, and the outcomes seen so far."""

    def __init__(
        self,
        operations: list[Operation],
        model: Model[Any],
        deadline: float,
        most_states: int = MOST_STATES,
    ) -> None:
        known = [o for o in operations if o.returned < math.inf]
        self.known = sorted(known, key=lambda o: o.called)
        self.left = _Left(self.known)
        self.unknown = _unknown_by_kind(operations)
        self.taken = [0] * len(self.unknown)  # how many of each kind are placed
        self.model = model
        self.deadline, self.most_states = deadline, most_states
        self.states: list[State] = [model.initial]  # the state after each operation placed
        self.order: list[Operation] = []
        self.moves: list[int] = []  # index of each operation placed; -1 - kind if unknown
        self.seen: set[tuple[int, int, tuple[int, ...], State]] = set()
        self.longest: list[Operation] = []
        self.longest_known = -1
        self.first_illegal: Operation | None = None

    def run(self, patient: bool = True) -> bool | None:
        """Return whether there is a legal order, then in `order`; None when time ran out.

        Impatient, it stops at the first dead end: enough where responses force the order.
        """
        choices = [self._choices()]
        while self.left.count:
            if time.monotonic() > self.deadline or len(self.seen) > self.most_states:
                self._remember_longest()
                return None
            move = next(choices[-1], None)
            if move is not None:
                if self._place(move):
                    choices.append(self._choices())
                continue
            self._remember_longest()
            choices.pop()
            if not choices or not patient:
                return False
            self._take_back()
        return True

    def _choices(self) -> Iterator[int]:
        """Yield what may come next: the known operations first, then those of unknown outcome."""
        candidates = self.left.candidates()
        legal = []
        for index in candidates:
            operation = self.known[index]
            if self._step(operation) is None:
                continue
            # A read whose response is legal now can go now: it changes nothing for the others.
            if operation.op[0] in self.model.reads:
                return iter([index])
            legal.append(index)
        moves = self._without_copies(legal)
        first_return = min((self.known[i].returned for i in candidates), default=math.inf)
        for kind, alike in enumerate(self.unknown):
            taken = self.taken[kind]
            if taken < len(alike) and alike[taken].called <= first_return:
                moves.append(-1 - kind)
        return iter(moves)

    def _without_copies(self, candidates: list[int]) -> list[int]:
        """Of equal requests with equal responses, keep the first to have returned.

        They can change places in any order, and it is the one that cannot wait as long.
        """
        if len(candidates) < 2:
            return candidates
        first: dict[tuple[Op, str], int] = {}
        for index in sorted(candidates, key=lambda i: self.known[i].returned):
            operation = self.known[index]
            first.setdefault((operation.op, repr(operation.output)), index)
        return list(first.values())

    def _step(self, operation: Operation) -> State | None:
        after: State | None = self.model.step(self.states[-1], operation.op, operation.output)
        return after

    def _place(self, move: int) -> bool:
        """Place an operation, unless its response is illegal or the outcome was seen before."""
        kind = -1 - move
        operation = self.known[move] if move >= 0 else self.unknown[kind][self.taken[kind]]
        state = self._step(operation)
        # An unknown operation that changes nothing here may as well wait, or never happen.
        if state is None or (move < 0 and state == self.states[-1]):
            return False
        if move >= 0:
            self.left.remove(move)
        else:
            self.taken[kind] += 1
        self.states.append(state)
        self.order.append(operation)
        self.moves.append(move)
        key = (*self.left.key(), tuple(self.taken), state)
        if key in self.seen:
            self._take_back()
            return False
        self.seen.add(key)
        return True

    def _take_back(self) -> None:
        move = self.moves.pop()
        self.order.pop()
        self.states.pop()
        if move >= 0:
            self.left.restore(move)
        else:
            self.taken[-1 - move] -= 1

    def _remember_longest(self) -> None:
        placed = len(self.known) - self.left.count
        if placed > self.longest_known:
            self.longest_known = placed
            self.longest = _without_idle_end(self.order)
            candidates = [self.known[index] for index in self.left.candidates()]
            # The next operation must come before the first of these returns: that one is stuck.
            self.first_illegal = min(candidates, key=lambda o: o.returned, default=None)


class _Left:
    """The known operations not placed yet: a linked list in order of call, and a bit mask."""

    def __init__(self, known: list[Operation]) -> None:
        self.known = known
        self.end = len(known)  # before the first and after the last
        self.after = [*range(1, self.end + 1), 0]
        self.before = [self.end, *range(self.end)]
        self.count = self.end
        self.placed = 0  # bit i is set when operation i is placed

    def candidates(self) -> list[int]:
        """Return those that were called before any other one left had returned."""
        found, first_return = [], math.inf
        index = self.after[self.end]
        while index != self.end and self.known[index].called <= first_return:
            found.append(index)
            first_return = min(first_return, self.known[index].returned)
            index = self.after[index]
        return found

    def remove(self, index: int) -> None:
        self.after[self.before[index]] = self.after[index]
        self.before[self.after[index]] = self.before[index]
        self.placed |= 1 << index
        self.count -= 1

    def restore(self, index: int) -> None:
        """Undo the latest `remove`, which must have been of `index`."""
        self.after[self.before[index]] = index
        self.before[self.after[index]] = index
        self.placed ^= 1 << index
        self.count += 1

    def key(self) -> tuple[int, int]:
        """Name the set of placed operations, without the long run of ones at its beginning."""
        first = self.after[self.end]
        return first, self.placed >> first


def _unknown_by_kind(operations: list[Operation]) -> list[list[Operation]]:
    """Group operations of unknown outcome that ask the same, each group in order of call.

    Within a group only the first not yet placed need ever be tried: it was called earliest,
    so it can stand wherever a later one can.
    """
    kinds: dict[Op, list[Operation]] = {}
    for operation in sorted(operations, key=lambda o: o.called):
        if operation.returned == math.inf:
            kinds.setdefault(operation.op, []).append(operation)
    return list(kinds.values())


def _without_idle_end(order: list[Operation]) -> list[Operation]:
    """Drop the unknown operations at the end: they were tried in vain."""
    end = len(order)
    while end and order[end - 1].returned == math.inf:
        end -= 1
    return order[:end]
