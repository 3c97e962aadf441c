"""Reports of the whole beside operations on its parts: at which moment was each report true?

Operations on different parts may go in either order; only a report says something about all of them
at one moment. So the search takes one report after the other, and before each it does as little as
it can: in each part what had returned before that moment, and what makes the report's share true.
Where a part can get there in several ways, each is tried.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Any, NamedTuple

from workerlab.linearizability.wing_gong import WingGong
from workerlab.models.base import Model, Op, Operation

REPORT: Op = ("report",)
MOST_STEPS = 1_000_000
FAR_AHEAD = 40  # operations of a part that are looked at, to see whether it can go on


class TooLong(Exception):
    """The search ran out of time, or of steps."""


class Progress(NamedTuple):
    """How far a part has got. Bit i of `placed` is set when its operation i is placed; `first` is the
    first that is not."""

    placed: int
    first: int
    state: Any

    def after(self, index: int, state: Any) -> Progress:
        placed, first = self.placed | 1 << index, self.first
        while placed >> first & 1:
            first += 1
        return Progress(placed, first, state)


class Reached(NamedTuple):
    """What is placed so far, and how.

    moment   nothing that is left may have returned before it
    reports  which reports are placed
    segment  the operations placed since the last report, part by part, and then the next report
    """

    moment: float
    parts: tuple[Progress, ...]
    reports: Progress
    segment: tuple[tuple[int, Operation], ...] = ()
    report: Operation | None = None


class ReportsSearch:
    """Look for one order of the operations of all parts and of the reports.

    parts     the operations of each part
    shares    each report with its share for each part: what a report of that part alone answers
    """

    def __init__(
        self,
        parts: list[list[Operation]],
        shares: list[tuple[Operation, list[Any]]],
        model: Model[Any],
        deadline: float,
    ) -> None:
        self.parts = [sorted(part, key=lambda o: o.called) for part in parts]
        self.shares = {id(report): share for report, share in shares}
        self.reports = sorted((report for report, _ in shares), key=lambda o: o.called)
        self.model, self.deadline, self.steps = model, deadline, 0
        self.longest: list[Reached] = []

    def run(self) -> list[Operation] | None:
        """Return a legal order, or None when there is none. Raises TooLong."""
        none = Progress(0, 0, self.model.initial)
        start = Reached(-math.inf, (none,) * len(self.parts), none)
        path, choices, seen = [start], [self._next(start)], set()
        while choices:
            if len(path) > len(self.longest):
                self.longest = [*path]
            following = next(choices[-1], None)
            if following is None:
                choices.pop()
                path.pop()
            elif following.report is None:
                return self.in_order([*path, following])
            elif (key := following[:3]) not in seen:
                seen.add(key)
                path.append(following)
                choices.append(self._next(following))
        return None

    def beginning(self) -> list[Operation]:
        """The longest beginning of a legal order that was found."""
        return self.in_order(self.longest)

    def first_illegal(self) -> Operation | None:
        """The report at which that one breaks off."""
        reached = self.longest[-1].reports
        may_come = self._may_come(self.reports, reached, math.inf)
        return self.reports[may_come[0]] if may_come else None

    def in_order(self, path: list[Reached]) -> list[Operation]:
        """The operations of a path in one order that respects real time."""
        order: list[Operation] = []
        before = -math.inf
        for reached in path:
            moments: dict[int, float] = {}
            segment = []
            for part, operation in reached.segment:
                moments[part] = max(moments.get(part, before), operation.called)
                segment.append((moments[part], operation))
            order += [operation for _, operation in sorted(segment, key=lambda pair: pair[0])]
            order += [reached.report] if reached.report else []
            before = reached.moment
        return order

    def _next(self, here: Reached) -> Iterator[Reached]:
        """Where the search can go: to one more report, or to the end."""
        may_come = self._may_come(self.reports, here.reports, math.inf)
        for index in may_come:
            # A report that is true now can go now: it changes nothing for the others.
            at_once = next(self._up_to(here, index, patient=False), None)
            if at_once is not None:
                return iter([at_once])
        choices: list[int | None] = [*may_come] or [None]
        return chain.from_iterable(self._up_to(here, index) for index in choices)

    def _up_to(
        self, here: Reached, index: int | None, *, patient: bool = True
    ) -> Iterator[Reached]:
        """Do what must be done before a report, or (None) before the end; all ways to do it.

        Impatient: only if nothing has to be done.
        """
        report, reports, last = None, here.reports, math.inf
        moment = math.inf
        if index is not None:
            report, reports = self.reports[index], reports.after(index, None)
            last = min(
                self.reports[i].returned
                for i in self._may_come(self.reports, here.reports, math.inf)
            )
            moment = max(here.moment, report.called)
        stack = [iter([_Step(moment, here.parts, (), 0, 0)])]
        while stack:
            if (step := next(stack[-1], None)) is None:
                stack.pop()
                continue
            place, settled = step.place, step.settled
            while settled < len(self.parts) and not self._lacks(place, step, report):
                place, settled = (place + 1) % len(self.parts), settled + 1
            step = step._replace(place=place, settled=settled)
            if settled == len(self.parts):
                yield Reached(step.moment, step.parts, reports, step.segment, report)
            elif patient:
                stack.append(self._steps(step, report, last))

    def _lacks(self, place: int, step: _Step, report: Operation | None) -> bool:
        """Whether something must be done in a part first."""
        operations, progress = self.parts[place], step.parts[place]
        for index in _missing(operations, progress):
            if operations[index].called > step.moment:
                break
            if operations[index].returned < step.moment:
                return True
        return report is not None and not self._true(report, place, progress)

    def _true(self, report: Operation, place: int, progress: Progress) -> bool:
        share = self.shares[id(report)][place]
        return self.model.step(progress.state, REPORT, share) is not None

    def _steps(self, step: _Step, report: Operation | None, last: float) -> Iterator[_Step]:
        """Do in one part what must be done. Where there are several ways, those that can go on."""
        place = step.place
        ways = self._ways(step, report, last)
        first, second = next(ways, None), next(ways, None) if report else None
        found = [way for way in (first, second) if way is not None]
        for placed, progress in chain(found, ways if second else ()):
            if second and not self._may_go_on(place, progress):
                continue
            moment = max([step.moment, *(operation.called for operation in placed)])
            parts = (*step.parts[:place], progress, *step.parts[place + 1 :])
            segment = (*step.segment, *((place, operation) for operation in placed))
            yield _Step(moment, parts, segment, place, step.settled if moment == step.moment else 0)

    def _ways(
        self, step: _Step, report: Operation | None, last: float
    ) -> Iterator[tuple[tuple[Operation, ...], Progress]]:
        """The shortest ways on in one part after which nothing must be done in it."""
        place = step.place
        operations = self.parts[place]
        stack: list[tuple[tuple[Operation, ...], Progress]] = [((), step.parts[place])]
        seen = set()
        while stack:
            placed, progress = stack.pop()
            self.steps += 1
            if self.steps > MOST_STEPS or time.monotonic() > self.deadline:
                raise TooLong
            parts = (*step.parts[:place], progress, *step.parts[place + 1 :])
            if placed and not self._lacks(place, step._replace(parts=parts), report):
                yield placed, progress
                continue
            for index in reversed(self._may_come(operations, progress, last)):
                operation = operations[index]
                state = self.model.step(progress.state, operation.op, operation.output)
                idle = operation.returned == math.inf and state == progress.state
                if state is not None and not idle:
                    after = progress.after(index, state)
                    if after not in seen:
                        seen.add(after)
                        stack.append(((*placed, operation), after))

    def _may_come(self, operations: list[Operation], progress: Progress, last: float) -> list[int]:
        """What may come next in a part, the operation that returned first at the beginning."""
        found, first_return = [], last
        for index in _missing(operations, progress):
            if operations[index].called > first_return:
                break
            found.append(index)
            first_return = min(first_return, operations[index].returned)
        return sorted(found, key=lambda index: operations[index].returned)

    def _may_go_on(self, place: int, progress: Progress) -> bool:
        """Whether the next operations of this part still have an order by themselves."""
        operations = self.parts[place]
        left = [
            operations[index] for index in islice(_missing(operations, progress), FAR_AHEAD + 1)
        ]
        end = left[-1].called if len(left) > FAR_AHEAD else math.inf
        known = [
            o if o.returned <= end else replace(o, output=None, returned=math.inf) for o in left
        ]
        search = WingGong(known, self.model.starting_at(progress.state), self.deadline, MOST_STEPS)
        return search.run() is not False


class _Step(NamedTuple):
    """On the way to a report: `settled` parts, up to `place`, lack nothing at this moment."""

    moment: float
    parts: tuple[Progress, ...]
    segment: tuple[tuple[int, Operation], ...]
    place: int
    settled: int


def _missing(operations: list[Operation], progress: Progress) -> Iterator[int]:
    """The operations that are not placed, in order of call."""
    for index in range(progress.first, len(operations)):
        if not progress.placed >> index & 1:
            yield index
