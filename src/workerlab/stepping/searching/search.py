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

from workerlab.processes import activity
from workerlab.stepping.controller.execution import STUCK_S
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.program import PLACEMENTS, TWO_WORKERS, Program
from workerlab.stepping.searching.evidence import evidence_of
from workerlab.stepping.searching.last_exception import last_exception
from workerlab.stepping.searching.minimise import minimise
from workerlab.stepping.searching.oracle import Oracle, Violation
from workerlab.stepping.searching.reduction import ReducedScheduler
from workerlab.stepping.searching.reference import Reference
from workerlab.stepping.searching.schedulers import (
    BoundedScheduler,
    MixedScheduler,
    OnceScheduler,
    ReplayScheduler,
    Scheduler,
)
from workerlab.stepping.searching.stats import SearchStats
from workerlab.verdict import Verdict

REPLAYS = 3
LEAST = 20  # schedules that each placement gets, however slow the machine is at the moment
# … but not for more than so many times the seconds that were given, those left out in which one
# of us (we, a worker, a store) was ready to run and got no processor
PATIENCE = 30
STUCK_AGAIN_S = 1.5  # a deadlock that has outlasted every time-out once is recognised sooner
Progress = Callable[[str], None]


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
    ) -> None:
        self.stepped, self.program, self.seed = stepped, program, seed
        self.least = min(least, schedules)
        self.preemptions, self.seconds, self.schedules = preemptions, seconds, schedules
        self.progress = progress or (lambda text: None)
        self.oracle = Oracle(program, reference)
        self.stats = SearchStats()

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
        must_be_held = TWO_WORKERS in placements and not self.oracle.needs_serial_runs
        return self.stats.nothing_lost(complete, must_be_held)

    def _search(self, placement: str) -> tuple[Trace, Violation] | None:
        """Run schedules until one loses and replays, or the budget is spent."""
        spent = self._budget()
        learn_serial_outcomes(self.stepped, self.oracle)
        self.stats.exhausted = False
        begun = self.stats.schedules
        for scheduler in self._portfolio(placement):
            while not spent() and self._has_its_turn(scheduler) and scheduler.new_execution():
                trace = self._execute(placement, scheduler)
                if violation := self._confirmed(placement, trace):
                    return trace, violation
                scheduler.finished(trace)
            if scheduler.exhausted:
                self.stats.exhausted = True
                if isinstance(scheduler, ReducedScheduler):
                    self.stats.note_classes(scheduler)
                    return self._sample(placement, begun)
                break
        return None

    def _sample(self, placement: str, begun: int) -> tuple[Trace, Violation] | None:
        """Schedules by chance after one of each class, up to the least number of a placement.

        An app that hides what it touches from its own process could make classes too large.
        """
        scheduler = MixedScheduler(self.seed, self.stats.lengths)
        while self.stats.schedules - begun < self.least and scheduler.new_execution():
            trace = self._execute(placement, scheduler)
            if violation := self._confirmed(placement, trace):
                return trace, violation
        return None

    def _portfolio(self, placement: str) -> Iterator[Scheduler]:
        """The schedulers that take their turns, until one has run everything there is."""
        if placement == TWO_WORKERS and not self.program.starts_a_worker:
            # The first requests of a worker do more than later ones: they import, and connect.
            yield OnceScheduler()
            yield (reduced := ReducedScheduler(self.stepped.placed(self.program)))
            if not reduced.caveats:  # the rest of the budget: schedules of other kinds
                yield MixedScheduler(self.seed, self.stats.lengths)
        yield BoundedScheduler(self.preemptions)
        yield MixedScheduler(self.seed, self.stats.lengths)

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
            if tried < self.least:
                patience = self.seconds * PATIENCE
                late = seconds > patience and seconds - kept_waiting() > patience
                self.stats.cut_short |= late
                return late
            return seconds > self.seconds or tried >= self.schedules

        return spent

    def _execute(self, placement: str, scheduler: Scheduler, stuck_s: float = STUCK_S) -> Trace:
        trace = self.stepped.run(self.program, placement, scheduler, stuck_s=stuck_s)
        self.stats.count(trace)
        self.stats.diverged += bool(scheduler.diverged)
        self.progress(f"{self.stats.schedules} schedules, {placement}")
        return trace

    def _violation(self, trace: Trace) -> Violation | None:
        return None if trace.end == "discarded" else self.oracle.violation(trace.history)

    def _confirmed(self, placement: str, trace: Trace) -> Violation | None:
        """The loss of this trace if its schedule loses every time it is run again."""
        violation = self._violation(trace)
        if violation is None:
            return None
        for _ in range(REPLAYS):
            again = self._execute(placement, ReplayScheduler(trace.schedule), stuck_s=STUCK_AGAIN_S)
            if self._violation(again) is None:
                self.stats.lost_but_not_again += 1
                return None
        return violation

    def _failed(self, placement: str, trace: Trace, violation: Violation) -> Verdict:
        def loses(schedule: list[str]) -> Trace | None:
            again = self._execute(placement, ReplayScheduler(schedule))
            return again if self._violation(again) else None

        if trace.end != "stuck":
            trace = minimise(trace, loses)
        shown, violation = self._with_values(placement, trace, violation)
        evidence = evidence_of(self.program, placement, shown, violation, self.seed, REPLAYS)
        message = f"{violation.actual}; {violation.expected}"
        if any((event.status or 0) >= 500 for event in shown.history):
            message += last_exception(self.stepped.server.log)
        if trace.end == "stuck":
            message = f"the requests wait for each other for ever (deadlock): {violation.actual}"
        return Verdict("failed", message, self.stats.tried(), evidence)

    def _with_values(
        self, placement: str, trace: Trace, violation: Violation
    ) -> tuple[Trace, Violation]:
        """The same schedule once more, with the values that each step reads and writes, and its loss.

        A run that took another way does not show this loss: a store's own timer (SQLite's
        busy time-out) may have woken a worker a step later. If all do, it is shown without values.
        """
        for _ in range(REPLAYS):
            scheduler = ReplayScheduler(trace.schedule)
            shown = self.stepped.run(
                self.program, placement, scheduler, explain=True, stuck_s=STUCK_AGAIN_S
            )
            again = self._violation(shown)
            if again is not None and shown.schedule == trace.schedule:
                return shown, again
        return trace, self._violation(trace) or violation


def learn_serial_outcomes(stepped: SteppedServer, oracle: Oracle) -> None:
    """Without a model, the app itself is the model: its requests, one after the other."""
    if oracle.needs_serial_runs and oracle.reference is None:
        oracle.reference = Reference.learned(stepped, oracle.program)


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

    Returns a Verdict: failed with a schedule that replays, passed with its counts, or
    inconclusive. Raises BadUsage for a program that cannot be read.
    """
    if isinstance(program, str):
        program = Program.parse(program, **frame)
    searching = Search(
        stepped, program, seed=seed, preemptions=preemptions, seconds=seconds,
        schedules=schedules, least=least, progress=progress,
    )  # fmt: skip
    return searching.run(placements)
