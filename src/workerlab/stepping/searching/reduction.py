"""One schedule of each class: schedules that differ only in the order of steps that touch nothing
in common come to the same.

It is dynamic partial order reduction (Flanagan and Godefroid 2005) with sleep sets (Godefroid
1996). After each schedule, two steps of different tasks whose footprints conflict are a race, and
the other order of the two is run, too, with what has to come before the later step moved with it
(source sets: Abdulla and others 2014). A task sleeps at a place when all that it can do there has
been seen from a place that comes to the same, and wakes when a step conflicts with its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from math import comb, inf

from workerlab.evidence import MOST_SHOWN
from workerlab.stepping.access import ANYTHING, CALL, EXPIRES, RETURN, WAITS, Access, conflict
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.lease import Lease, is_expiry
from workerlab.stepping.searching.schedulers import ReplayScheduler

Footprint = frozenset[Access]
MOST_LATE = 2  # runs in which a busy machine reported a step late: until then it may be anything
UNSTABLE = "its steps are not the same in each run"


def _ended_by(expiry: str, trace: Trace) -> Iterator[Lease]:
    """The time-to-live that ends here, and those which cannot end before it."""
    names = [*trace.leases]
    first = trace.leases[expiry]
    for name in names[names.index(expiry) :]:
        if trace.leases[name].seconds >= first.seconds:
            yield trace.leases[name]


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
    follow      those of them that begin only after another one
    timed       whether a judge asks which request ended before which began
    runs        how many schedules it has begun
    classes     how many classes have been run
    exhausted   whether every class has been run
    expires     whether a time-to-live was set, which was taken not to run out
    ran_out     how many different ones ran out in a schedule
    caveats     why classes cannot be told apart on this app, in words; nothing is run any more
    """

    def __init__(
        self, workers: dict[str, int], follow: Collection[str] = (), timed: bool = True
    ) -> None:
        super().__init__([])
        self.follow, self.timed = [*follow], timed
        first = [name for name in workers if name not in follow]
        self.workers = workers
        self.classes = self.runs = 0
        self.caveats: set[str] = set()
        self.expires = False
        self._ran_out: set[str] = set()
        self._late_reports = 0
        # Which request ended before which began matters to a judge. For two requests that is known from
        # the two schedules without preemption, which are run in any case.
        self._places: dict[tuple[str, ...], _Place] = {(): _Place(tried=dict.fromkeys(first))}
        self._waiting: dict[int, deque[list[str]]] = {0: deque([[name] for name in first])}
        self._steps: dict[str, set[int]] = {}
        self.first_of_each: list[Trace] = []  # a schedule of each class, as far as MOST_SHOWN

    @property
    def exhausted(self) -> bool:
        return not self.caveats and not any(self._waiting.values())

    @property
    def ran_out(self) -> int:
        return len(self._ran_out)

    @property
    def orders(self) -> int:
        """How many schedules there are; 0 when tasks have not the same number of steps in all, or
        when times-to-live run out in some, or one begins only after another."""
        unequal = any(len(numbers) != 1 for numbers in self._steps.values())
        if self._ran_out or self.follow or unequal:
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
        self._ran_out |= {*trace.expired}
        self.caveats |= trace.caveats - {EXPIRES}
        if trace.any_blocked and _waits_for_sqlite(trace):
            self.caveats.add(WAITS)
        if self.caveats:
            return
        odd = [*self._odd_steps(trace)]
        if self.diverged or trace.end == "discarded" or odd:
            late = any(ANYTHING in footprint for pair in odd for footprint in pair)
            if late and self._late_reports < MOST_LATE:
                self._late_reports += 1  # nothing is learned from that run, and it is run again
                self._waiting.setdefault(0, deque()).appendleft([*self.schedule])
            else:
                self.caveats.add(UNSTABLE)
            return
        if self._walk(trace):
            self.classes += 1
            if self.classes <= MOST_SHOWN:
                self.first_of_each.append(trace)
            for name in self.workers:
                count = trace.schedule.count(name)
                self._steps.setdefault(name, set()).add(count)

    def _odd_steps(self, trace: Trace) -> Iterator[tuple[Footprint, Footprint]]:
        """What steps touched, where that is not what they touched after the same steps before."""
        schedule = trace.schedule
        for index, name in enumerate(schedule):
            before, now = (
                self._place(schedule[:index]).tried.get(name),
                self._footprint(trace, index),
            )
            if before is not None and before != now:
                yield before, now

    def _walk(self, trace: Trace) -> bool:
        """Learn the footprints of a schedule, and plan the other orders of its races.

        Returns whether it is a class of its own, and not one that was run before.
        """
        schedule = trace.schedule
        for index, name in enumerate(schedule):
            here = self._place(schedule[:index])
            footprint = self._footprint(trace, index)
            here.tried[name] = footprint
            if name in here.asleep:
                self._plan_races(trace, index)
                self._plan_another(trace, index, here)
                return False
            self._fall_asleep(here, schedule[: index + 1], footprint)
        self._plan_races(trace, len(schedule))
        return True

    def _footprint(self, trace: Trace, index: int) -> Footprint:
        """What a step touches; among three requests or more, also that one began or ended there,
        where that matters to a judge."""
        touched, name = set(trace.touched.get(index, ())), trace.schedule[index]
        if self.timed and len(self.workers) > 2 and name in self.workers:
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
        if is_expiry(one) or is_expiry(other):
            return conflict(its, others)
        same_worker = self.workers.get(one, 0) == self.workers.get(other, 0)
        return same_worker or conflict(its, others)

    def meetings(self, trace: Trace) -> list[tuple[str, Footprint]]:
        """The steps of a schedule that meet another task's, each with the accesses that do."""
        steps = [
            (name, self._footprint(trace, index))
            for index, name in enumerate(trace.schedule)
            if name in self.workers
        ]
        met = []
        for name, own in steps:
            others = {access for other, accesses in steps if other != name for access in accesses}
            if mine := frozenset(access for access in own if conflict([access], others)):
                met.append((name, mine))
        return met

    def _plan_races(self, trace: Trace, length: int) -> None:
        """Plan, for each two steps that conflict, a schedule in which the later one is first."""
        schedule = trace.schedule[:length]
        prints = [self._footprint(trace, index) for index in range(length)]
        causes: list[set[int]] = []  # of each step: all steps that must come before it
        for later, other in enumerate(schedule):
            races, before = [], set()
            for index, name in enumerate(schedule[:later]):
                if name == other:
                    before |= {index} | causes[index]
                elif self._conflict(name, prints[index], other, prints[later]):
                    before |= {index} | causes[index]
                    races.append(index)
            causes.append(before)
            if other in self.workers or is_expiry(other):
                for index in races:
                    self._reverse(trace, index, later, causes)
        for index, name in enumerate(schedule):
            for one in filter(is_expiry, trace.decisions[index].enabled):
                leases = () if one in schedule[index:] else _ended_by(one, trace)
                if any(self._sees(name, prints[index], lease) for lease in leases):
                    self._plan(trace, index, one)  # it has not run out in this schedule

    def _reverse(self, trace: Trace, index: int, later: int, causes: list[set[int]]) -> None:
        """Plan a schedule in which a step comes before an earlier one that conflicts with it.

        What must come before the later step, and need not come after the earlier one, has to come
        first: the task of any step that nothing of it has to precede can begin.
        """
        schedule = trace.schedule
        moved = [k for k in range(index + 1, later) if index not in causes[k]] + [later]
        first = {schedule[k] for k in moved if causes[k].isdisjoint(moved)}
        first = {name for name in first if name in self.workers or is_expiry(name)}
        enabled = set(trace.decisions[index].enabled)
        if not first or not first <= enabled:  # what must come before it is not known
            for other in sorted(enabled - {schedule[index]}):
                self._plan(trace, index, other)
            return
        here = self._place(schedule[:index])
        if first.isdisjoint(here.tried) and first.isdisjoint(here.asleep):
            self._plan(trace, index, schedule[later] if schedule[later] in first else min(first))

    def _sees(self, name: str, footprint: Footprint, lease: Lease) -> bool:
        """Whether a step could see that a time-to-live has run out. The last requests always could."""
        asked_after = name not in self.workers and not is_expiry(name)
        return asked_after or conflict(footprint, {lease.access})

    def _plan_another(self, trace: Trace, index: int, here: _Place) -> None:
        """The task that was chosen sleeps: go on with one that does not, if there is one."""
        if not any(task in here.tried and task not in here.asleep for task in here.tried):
            enabled = trace.decisions[index].enabled
            awake = (task for task in enabled if task not in here.asleep and not is_expiry(task))
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
