"""Schedulers choose the task that moves next: one interface for every way of choosing.

`ReplayScheduler` repeats a schedule. `BoundedScheduler` is the stateless search of Musuvathi and
Qadeer (2007): repeat a beginning, then go on without preempting any task; every schedule with no
preemption first, then those with one, and so on. `PctScheduler` is PCT (Burckhardt et al. 2010):
random priorities and a few random places where the running task drops to the lowest. For two tasks
of k steps and a bug of depth d it finds the bug with probability at least 1 / (2 k^(d-1)) a run.
"""

import itertools
import random
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Sequence

from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.lease import is_expiry, owner_of


class Scheduler(ABC):
    """Chooses the task that moves next, in one execution after another.

    diverged    how many choices of this execution could not be made as they were planned
    exhausted   whether all that there is has been run, so that no other scheduler need be asked
    systematic  whether it lets a time-to-live run out only where that is its plan; chance would let
                it run out in nearly every execution
    """

    diverged = 0
    systematic = False

    @property
    def exhausted(self) -> bool:
        return False

    def new_execution(self) -> bool:
        """Make ready for the next execution. False when there is none left."""
        return True

    @abstractmethod
    def choose(self, step: int, enabled: tuple[str, ...], current: str | None) -> str:
        """The task that takes step number `step`, one of `enabled`.

        current   the one that moved last, if it can go on
        """

    def finished(self, trace: Trace) -> None:  # noqa: B027 (most have nothing to learn)
        """Learn what the execution did, for the next ones."""


class ReplayScheduler(Scheduler):
    """Repeat `schedule`; after its end let the current task go on while it can."""

    systematic = True

    def __init__(self, schedule: Sequence[str]) -> None:
        self.schedule = list(schedule)
        self.diverged = 0

    def choose(self, step: int, enabled: tuple[str, ...], current: str | None) -> str:
        if step < len(self.schedule):
            if self.schedule[step] in enabled:
                return self.schedule[step]
            self.diverged += 1
        return current if current is not None else enabled[0]


class OnceScheduler(ReplayScheduler):
    """One execution, in which no task is preempted."""

    def __init__(self) -> None:
        super().__init__([])
        self._left = 1

    def new_execution(self) -> bool:
        self._left -= 1
        return self._left >= 0


class OutlivedScheduler(ReplayScheduler):
    """Where times-to-live may run out, this comes first: a task stops, what it has set runs out, the
    others go to their end, and it goes on. So at each step of each of the `first` tasks.
    """

    def __init__(self, first: Sequence[str]) -> None:
        super().__init__([])
        self._first = [*first]
        self._waiting: deque[tuple[str, list[str]]] = deque()
        self._stops = self._first[0]

    def new_execution(self) -> bool:
        self.diverged = 0
        if not self._waiting:
            if not self._first:
                return False
            self._waiting.append((self._first.pop(0), []))
        self._stops, self.schedule = self._waiting.popleft()
        return True

    def choose(self, step: int, enabled: tuple[str, ...], current: str | None) -> str:
        if step < len(self.schedule):
            return super().choose(step, enabled, current)
        if not self.schedule:  # first of all it alone, to learn what it sets
            return self._stops if self._stops in enabled else enabled[0]
        others = [name for name in enabled if name != self._stops and not is_expiry(name)]
        return current if current in others else next(iter(others), enabled[0])

    def finished(self, trace: Trace) -> None:
        if self.schedule:
            return
        schedule = trace.schedule
        for index, decision in enumerate(trace.decisions):
            ends = next((name for name in decision.enabled if is_expiry(name)), None)
            if ends and schedule[index] == self._stops == owner_of(ends):
                self._waiting.append((self._stops, [*schedule[:index], ends]))


class BoundedScheduler(ReplayScheduler):
    """Every schedule with at most `most` preemptions, fewest first.

    exhausted   whether every schedule there is has been run: nothing is left beyond any bound
    """

    def __init__(self, most: int) -> None:
        super().__init__([])
        self._waiting: list[deque[list[str]]] = [deque() for _ in range(most + 2)]
        self._waiting[0].append([])

    @property
    def exhausted(self) -> bool:
        return not any(self._waiting)

    def new_execution(self) -> bool:
        self.diverged = 0
        fewest = next((waiting for waiting in self._waiting[:-1] if waiting), None)
        if fewest is None:
            return False
        self.schedule = fewest.popleft()
        return True

    def finished(self, trace: Trace) -> None:
        for cost, other in alternatives(trace, len(self.schedule)):
            self._waiting[min(cost, len(self._waiting) - 1)].append(other)


def alternatives(trace: Trace, start: int) -> Iterator[tuple[int, list[str]]]:
    """The beginnings that part from this trace at or after `start`, with their preemptions."""
    cost = sum(decision.preempts for decision in trace.decisions[:start])
    schedule = trace.schedule
    for index in range(start, len(trace.decisions)):
        decision = trace.decisions[index]
        # A start that has just done nothing which others could see: to part later is the same.
        goes_on = index - 1 in trace.idle and decision.current == schedule[index - 1]
        for other in decision.enabled:
            if other != decision.chosen and not goes_on:
                preempts = decision.current is not None and other != decision.current
                yield cost + preempts, [*schedule[:index], other]
        cost += decision.preempts


class PctScheduler(Scheduler):
    """PCT with a seed: `depth` - 1 places, within `steps` steps, where priorities change."""

    def __init__(self, seed: str, steps: int, depth: int = 3) -> None:
        self.chance = random.Random(seed)
        self.priority: dict[str, float] = {}
        places = range(1, max(2, steps))
        self.changes = set(self.chance.sample(places, min(depth - 1, len(places))))
        self.lowest = 0.0

    def choose(self, step: int, enabled: tuple[str, ...], current: str | None) -> str:
        for name in enabled:
            self.priority.setdefault(name, 1 + self.chance.random())
        if step in self.changes and current is not None:
            self._drop(current)
        best = max(enabled, key=lambda name: self.priority[name])
        if current is None and len(enabled) > 1 and best == enabled[-1]:
            # The one that moved last spins on a lock: others first, or no task gets anywhere.
            self._drop(best)
            best = max(enabled, key=lambda name: self.priority[name])
        return best

    def _drop(self, name: str) -> None:
        self.lowest -= 1
        self.priority[name] = self.lowest


class RandomScheduler(Scheduler):
    """Every choice by chance, with a seed."""

    def __init__(self, seed: str) -> None:
        self.chance = random.Random(seed)

    def choose(self, step: int, enabled: tuple[str, ...], current: str | None) -> str:
        return self.chance.choice(enabled)


class MixedScheduler(Scheduler):
    """Seeded chance without end: PCT with depths 2, 3 and 4 in turn, every fourth run by chance.

    lengths   the steps of the executions so far, which tell PCT how far to spread its places
    """

    def __init__(self, seed: int, lengths: Sequence[int]) -> None:
        self.seed, self.lengths, self.number = seed, lengths, 0

    def new_execution(self) -> bool:
        self.number += 1
        name = f"{self.seed}/{self.number}"
        if self.number % 4 == 0:
            self._inner: Scheduler = RandomScheduler(name)
        else:
            self._inner = PctScheduler(name, max(self.lengths[-20:]), 2 + self.number % 3)
        return True

    def choose(self, step: int, enabled: tuple[str, ...], current: str | None) -> str:
        return self._inner.choose(step, enabled, current)


class SerialScheduler(Scheduler):
    """One task after the other, in every order: no task is interrupted by another."""

    def __init__(self, names: Sequence[str]) -> None:
        self._orders = itertools.permutations(names)
        self._order: tuple[str, ...] = ()

    def new_execution(self) -> bool:
        self._order = next(self._orders, ())
        return bool(self._order)

    def choose(self, step: int, enabled: tuple[str, ...], current: str | None) -> str:
        return next((name for name in self._order if name in enabled), enabled[0])
