"""Search the schedules of a program for one that loses.

Requests on different workers share what is outside of them, which is seen: one schedule of each
class that comes to the same is enough (`reduction`). Where that cannot be seen: every schedule with
no preemption, then those with one, then two (so that the first loss is among the simplest;
Musuvathi and Qadeer 2007), then seeded random priorities (PCT, Burckhardt et al. 2010) for the rest
of the budget. A loss counts only if it replays.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from workerlab.processes import activity
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.lease import OUTLIVE_THE_WORK
from workerlab.stepping.program import PLACEMENTS, TWO_WORKERS, Program
from workerlab.stepping.searching.attempts import Attempts, Progress
from workerlab.stepping.searching.loss import Loss
from workerlab.stepping.searching.oracle import Violation
from workerlab.stepping.searching.reduction import ReducedScheduler
from workerlab.stepping.searching.reference import Reference
from workerlab.stepping.searching.schedulers import (
    BoundedScheduler,
    MixedScheduler,
    OnceScheduler,
    OutlivedScheduler,
    Scheduler,
)
from workerlab.stepping.searching.showing_classes import classes_beside, show_classes
from workerlab.verdict import Verdict

LEAST = 20  # schedules that each placement gets, however slow the machine is at the moment
# … but not for more than so many times the seconds that were given, those left out in which one
# of us (we, a worker, a store) was ready to run and got no processor
PATIENCE = 30
# … and the others never more than so many times those seconds, waiting or not: on a very busy
# machine less is tried, which the verdict says, and no check goes on for ever
MOST_TIMES = 6  # times the seconds, by the clock


class Search:
    """One program on one stepped server, in one or both placements, within a budget."""

    def __init__(
        self,
        stepped: SteppedServer,
        program: Program,
        *,
        seed: int = 1,
        preemptions: int = 2,
        seconds: float = 3.0,
        schedules: int = 300,
        least: int = LEAST,
        progress: Progress | None = None,
        reference: Reference | None = None,
        leases: str = OUTLIVE_THE_WORK,
    ) -> None:
        self.leases, self.seed = leases, seed
        self.stepped, self.program = stepped, program
        self.least = min(least, schedules)
        self.preemptions, self.seconds, self.schedules = preemptions, seconds, schedules
        self._attempts = Attempts(
            stepped, program, reference, leases, progress or (lambda text: None)
        )
        self.stats = self._attempts.stats
        self._reduced: ReducedScheduler | None = None  # of this placement
        self.shown: Trace | None = None  # the schedule that lost, as its evidence shows it

    def run(self, placements: tuple[str, ...] = PLACEMENTS) -> Verdict:
        """The verdict: the first loss that replays, or that none was found."""
        complete = not self.program.starts_a_worker  # some are left out that come to the same
        if self.program.starts_a_worker:
            placements = (TWO_WORKERS,)
        for placement in placements:
            found = self._search(placement)
            if found is not None:
                return self._failed(placement, *found)
            complete = complete and self.stats.exhausted
        must_be_held = TWO_WORKERS in placements and not self._attempts.oracle.needs_serial_runs
        verdict = self.stats.nothing_lost(complete, must_be_held)
        refused = self._attempts.refused_in_words
        return replace(verdict, message=verdict.message + refused) if verdict.passed else verdict

    def _search(self, placement: str) -> tuple[Trace, Violation] | None:
        """Run schedules until one loses and replays, or the budget is spent."""
        spent = self._budget()
        self._attempts.learn_serial_outcomes()
        self.stats.exhausted = False
        begun = self.stats.schedules
        self._reduced = None
        for scheduler in self._portfolio(placement):
            if isinstance(scheduler, ReducedScheduler):
                self._reduced = scheduler
            while not spent() and self._has_its_turn(scheduler) and scheduler.new_execution():
                trace = self._attempts.execute(placement, scheduler)
                if violation := self._attempts.confirmed(placement, trace):
                    return trace, violation
                scheduler.finished(trace)
            if scheduler.exhausted:
                self.stats.exhausted = True
                if isinstance(scheduler, ReducedScheduler):
                    found = self._sample(placement, begun)
                    return found or show_classes(self._attempts, scheduler)
                break
        return None

    def _sample(self, placement: str, begun: int) -> tuple[Trace, Violation] | None:
        """Schedules by chance after one of each class, up to the least number of a placement.

        An app that hides what it touches from its own process could make classes too large.
        """
        scheduler = MixedScheduler(self.seed, self.stats.lengths)
        while self.stats.schedules - begun < self.least and scheduler.new_execution():
            trace = self._attempts.execute(placement, scheduler)
            if violation := self._attempts.confirmed(placement, trace):
                return trace, violation
        return None

    def _portfolio(self, placement: str) -> Iterator[Scheduler]:
        """The schedulers that take their turns, until one has run everything there is."""
        if placement == TWO_WORKERS and not self.program.starts_a_worker:
            # The first requests of a worker do more than later ones: they import, and connect.
            yield OnceScheduler()
            yield from self._outlived()
            workers, follow = self.stepped.placed(self.program), self.program.follows
            timed = not self._attempts.oracle.needs_serial_runs  # any order is right there
            yield (reduced := ReducedScheduler(workers, follow, timed))
            if not reduced.caveats:  # the rest of the budget: schedules of other kinds
                yield MixedScheduler(self.seed, self.stats.lengths)
        else:
            yield from self._outlived()
        yield BoundedScheduler(self.preemptions)
        yield MixedScheduler(self.seed, self.stats.lengths)

    def _outlived(self) -> Iterator[Scheduler]:
        """Nothing where no time-to-live runs out; equal requests need not all be the one that stops."""
        requests = [*map(str, self.program.requests)]
        names = dict(zip(reversed(requests), reversed(self.program.names), strict=True))
        if self.leases != OUTLIVE_THE_WORK and self.stats.any_lease:
            yield OutlivedScheduler(sorted(names.values()))

    def _has_its_turn(self, scheduler: Scheduler) -> bool:
        """Half of the schedules are for chance, where there are too many classes to run them all."""
        return not isinstance(scheduler, ReducedScheduler) or 2 * scheduler.runs < self.schedules

    def _budget(self) -> Callable[[], bool]:
        """A function: whether this placement has used up its seconds, schedules and patience."""
        began, before = time.monotonic(), self.stats.schedules
        kept_waiting = activity.clock_of_waiting(
            [os.getpid(), *self.stepped.server.tree(), *self.stepped.services]
        )

        def spent() -> bool:
            tried, seconds = self.stats.schedules - before, time.monotonic() - began
            given = self.seconds * (PATIENCE if tried < self.least else 1)
            late = seconds > given and seconds - kept_waiting() > given
            if tried < self.least:
                self.stats.cut_short |= late
                return late
            return late or seconds > MOST_TIMES * given or tried >= self.schedules

        return spent

    def _failed(self, placement: str, trace: Trace, violation: Violation) -> Verdict:
        classes = None
        if self._reduced and placement == TWO_WORKERS and trace.end == "finished":
            classes = classes_beside(self._attempts, self._reduced, trace)
        loss = Loss(self._attempts, placement, trace, violation)
        self.shown = loss.shown
        evidence = loss.evidence(self.seed)
        return Verdict("failed", loss.in_words(), self.stats.tried(), evidence, classes)


def search(
    stepped: SteppedServer,
    program: Program | str,
    *,
    placements: tuple[str, ...] = PLACEMENTS,
    seed: int = 1,
    preemptions: int = 2,
    seconds: float = 3.0,
    schedules: int = 300,
    least: int = LEAST,
    progress: Progress | None = None,
    leases: str = OUTLIVE_THE_WORK,
    **frame: str,
) -> Verdict:
    """Look for a schedule of `program` that loses.

    program      a Program, or its requests as text (with `before`, `after` and `model`)
    placements   "two workers" (each request on its own), "one worker" (all on one), or both
    seed         for the random part; printed with a loss
    preemptions  the most in the systematic part
    seconds      for each placement, beyond which no new schedule begins
    schedules    the most for each placement
    least        schedules that each placement gets in any case: a busy machine must not make a
                 wrong app pass
    leases       what is assumed of times-to-live: "outlive-the-work", or those of a minute at most,
                 "short-may-expire", or all, "may-expire", may run out at any later step

    Returns a Verdict: failed with a schedule that replays, passed with its counts, or
    inconclusive. Raises BadUsage for a program that cannot be read.
    """
    if isinstance(program, str):
        program = Program.parse(program, **frame)
    searching = Search(
        stepped, program, seed=seed, preemptions=preemptions, seconds=seconds,
        schedules=schedules, least=least, progress=progress, leases=leases,
    )  # fmt: skip
    return searching.run(placements)
