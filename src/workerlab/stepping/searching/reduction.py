"""One schedule of each class: schedules that differ only in the order of steps that touch nothing
in common come to the same.

It is dynamic partial order reduction (Flanagan and Godefroid 2005) with sleep sets (Godefroid
1996). After each schedule, two steps of different tasks whose footprints conflict are a race, and
the other order of the two is run, too. A task sleeps at a place when all that it can do there has
been seen from a place that comes to the same, and wakes when a step conflicts with its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from math import comb, inf

from workerlab.stepping.access import CALL, EXPIRES, RETURN, WAITS, Access, conflict
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.searching.schedulers import ReplayScheduler

Footprint = frozenset[Access]
UNSTABLE = "its steps are not the same in each run"


def _waits_for_sqlite(trace: Trace) -> bool:
    """Whether a task may have waited for a database of SQLite, which looks again by a timer."""
    return any(access.place == "sqlite" for step in trace.touched.values() for access in step)


@dataclass
class _Place:
    """What is known of the place that a beginning of a schedule leads to.

    asleep   tasks whose next step need not be taken from here, with its footprint
    tried    tasks whose next step has been taken from here, or will be, in this order; the
             footprint is None until it is known
    """

    asleep: dict[str, Footprint] = field(default_factory=dict)
    tried: dict[str, Footprint | None] = field(default_factory=dict)


class ReducedScheduler(ReplayScheduler):
    """Every class of schedules, those with the fewest preemptions first.

    workers     the worker of each task that runs at once with others, by its name; tasks of one
                worker always conflict
    runs        how many schedules it has begun
    classes     how many classes have been run
    exhausted   whether every class has been run
    expires     whether a time-to-live was set, which was taken not to run out
    caveats     why classes cannot be told apart on this app, in words; nothing is run any more
    """

    def __init__(self, workers: dict[str, int]) -> None:
        super().__init__([])
        self.workers = workers
        self.classes = self.runs = 0
        self.caveats: set[str] = set()
        self.expires = False
        # Which request ended before which began matters to a judge. For two requests that is told by
        # the two schedules without preemption, which are run in any case.
        self._places: dict[tuple[str, ...], _Place] = {(): _Place(tried=dict.fromkeys(workers))}
        self._waiting: dict[int, deque[list[str]]] = {0: deque([[name] for name in workers])}
        self._steps: dict[str, set[int]] = {}

    @property
    def exhausted(self) -> bool:
        return not self.caveats and not any(self._waiting.values())

    @property
    def orders(self) -> int:
        """How many schedules there are; 0 when tasks have not the same number of steps in all."""
        if any(len(numbers) != 1 for numbers in self._steps.values()):
            return 0
        orders, steps = 1, 0
        for (number,) in self._steps.values():
            steps += number
            orders *= comb(steps, number)
        return orders

    def new_execution(self) -> bool:
        self.diverged = 0
        self.runs += 1
        fewest = min((cost for cost, waiting in self._waiting.items() if waiting), default=inf)
        if self.caveats or fewest == inf:
            return False
        self.schedule = self._waiting[int(fewest)].popleft()
        return True

    def finished(self, trace: Trace) -> None:
        self.expires |= EXPIRES in trace.caveats
        self.caveats |= trace.caveats - {EXPIRES}
        if trace.any_blocked and _waits_for_sqlite(trace):
            self.caveats.add(WAITS)
        if self.caveats:
            return
        if self.diverged or trace.end == "discarded":
            self.caveats.add(UNSTABLE)
            return
        if self._walk(trace):
            self.classes += 1
            for name in self.workers:
                count = trace.schedule.count(name)
                self._steps.setdefault(name, set()).add(count)

    def _walk(self, trace: Trace) -> bool:
        """Learn the footprints of a schedule, and plan the other orders of its races.

        Returns whether it is a class of its own, and not one that was run before.
        """
        schedule = trace.schedule
        for index, name in enumerate(schedule):
            here = self._place(schedule[:index])
            footprint = self._footprint(trace, index)
            if here.tried.get(name) not in (None, footprint):
                self.caveats.add(UNSTABLE)
            here.tried[name] = footprint
            if name in here.asleep:
                self._plan_races(trace, index)
                self._plan_another(trace, index, here)
                return False
            self._fall_asleep(here, schedule[: index + 1], footprint)
        self._plan_races(trace, len(schedule))
        return True

    def _footprint(self, trace: Trace, index: int) -> Footprint:
        """What a step touches; among three requests or more, also that one began or ended there."""
        touched, name = set(trace.touched.get(index, ())), trace.schedule[index]
        if len(self.workers) > 2 and name in self.workers:
            if name not in trace.schedule[:index]:
                touched.add(CALL)
            if name in trace.responses.get(index, ()):
                touched.add(RETURN)
        return frozenset(touched)

    def _place(self, beginning: Collection[str]) -> _Place:
        return self._places.setdefault(tuple(beginning), _Place())

    def _fall_asleep(self, here: _Place, after: list[str], footprint: Footprint) -> None:
        """Which tasks sleep after this step: those that were tried before it, and do not mind it."""
        name = after[-1]
        earlier = [*here.tried][: [*here.tried].index(name)]
        sleepers = here.asleep | {task: here.tried[task] for task in earlier}
        place = self._place(after)
        for task, own in sleepers.items():
            if task != name and own is not None and not self._conflict(task, own, name, footprint):
                place.asleep[task] = own

    def _conflict(self, one: str, its: Footprint, other: str, others: Footprint) -> bool:
        same_worker = self.workers.get(one, 0) == self.workers.get(other, 0)
        return same_worker or conflict(its, others)

    def _plan_races(self, trace: Trace, length: int) -> None:
        """Plan, for each two steps that conflict, a schedule in which the later one is first."""
        schedule = trace.schedule[:length]
        prints = [self._footprint(trace, index) for index in range(length)]
        for index, name in enumerate(schedule):
            decision = trace.decisions[index]
            others = {
                schedule[later]
                for later in range(index + 1, length)
                if schedule[later] != name
                and schedule[later] in self.workers
                and self._conflict(name, prints[index], schedule[later], prints[later])
            }
            if not others <= set(decision.enabled):
                others = set(decision.enabled)  # what must come before it is not known
            for other in sorted(others - {name}):
                self._plan(trace, index, other)

    def _plan_another(self, trace: Trace, index: int, here: _Place) -> None:
        """The task that was chosen sleeps: go on with one that does not, if there is one."""
        if not any(task in here.tried and task not in here.asleep for task in here.tried):
            awake = (task for task in trace.decisions[index].enabled if task not in here.asleep)
            if (other := next(awake, None)) is not None:
                self._plan(trace, index, other)

    def _plan(self, trace: Trace, index: int, other: str) -> None:
        """Run, some time, this beginning of a schedule and then another task, unless it was."""
        schedule = trace.schedule[:index]
        here = self._place(schedule)
        if other in here.tried or other in here.asleep:
            return
        here.tried[other] = None
        current = trace.decisions[index].current
        cost = sum(decision.preempts for decision in trace.decisions[:index])
        cost += current is not None and other != current
        self._waiting.setdefault(cost, deque()).append([*schedule, other])
