"""One program on one stepped server: a schedule of it is run, judged, and run again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workerlab.stepping.controller.execution import STUCK_S
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.lease import OUTLIVE_THE_WORK
from workerlab.stepping.program import Program
from workerlab.stepping.searching.from_the_same_start import learned_from_the_same_start
from workerlab.stepping.searching.oracle import Oracle, Violation
from workerlab.stepping.searching.reference import Reference
from workerlab.stepping.searching.refusals import Refusals
from workerlab.stepping.searching.schedulers import ReplayScheduler, Scheduler
from workerlab.stepping.searching.stats import SearchStats

REPLAYS = 3
TRIES = 3  # a run that left the schedule, by a store's own timer say, says nothing about it
STUCK_AGAIN_S = 1.5  # a deadlock that has outlasted every time-out once is recognised sooner
Progress = Callable[[str], None]


class Attempts:
    """The runs of one search, which are counted.

    leases   what is assumed of times-to-live: `lease.ASSUMED`
    stats    of all runs but those whose values are shown
    """

    def __init__(
        self,
        stepped: SteppedServer,
        program: Program,
        reference: Reference | None,
        leases: str,
        progress: Progress,
    ) -> None:
        self.stepped, self.program, self.leases = stepped, program, leases
        self.oracle, self.stats = Oracle(program, reference), SearchStats()
        self._progress = progress
        self._refusals: Refusals | None = None

    @property
    def refused_in_words(self) -> str:
        """Which refusals were accepted beside another request; "" when none had to be."""
        return self._refusals.in_words() if self._refusals else ""

    def execute(self, placement: str, scheduler: Scheduler, stuck_s: float = STUCK_S) -> Trace:
        """Run one schedule. Chance never lets a time-to-live run out: it would in every run."""
        leases = self.leases if scheduler.systematic else OUTLIVE_THE_WORK
        trace = self.stepped.run(self.program, placement, scheduler, stuck_s=stuck_s, leases=leases)
        self.stats.count(trace)
        self.stats.diverged += bool(scheduler.diverged)
        self._progress(f"{self.stats.schedules} schedules, {placement}")
        return trace

    def again(self, placement: str, schedule: list[str]) -> Trace:
        """The same schedule, with the values that each step reads and writes; it is not counted."""
        return self.stepped.run(
            self.program, placement, ReplayScheduler(schedule), explain=True,
            stuck_s=STUCK_AGAIN_S, leases=self.leases,
        )  # fmt: skip

    def violation(self, trace: Trace) -> Violation | None:
        """What this run shows that no right app shows."""
        if trace.end == "discarded":
            return None
        reference = self.oracle.reference
        if reference and trace.expired:
            reference.learn_parts(self.stepped, self.leases)
        found = self.oracle.violation_of(trace)
        if found and reference and not trace.expired:
            self._refusals = self._refusals or Refusals(
                self.stepped, reference, self.leases, STUCK_AGAIN_S
            )
            return None if self._refusals.are_right(trace) else found
        return found

    def confirmed(self, placement: str, trace: Trace) -> Violation | None:
        """The loss of this run if its schedule loses every time it is run again."""
        violation = self.violation(trace)
        if violation is None:
            return None

        def run(scheduler: ReplayScheduler) -> Trace:
            return self.execute(placement, scheduler, stuck_s=STUCK_AGAIN_S)

        for _ in range(REPLAYS):
            if led_along(trace.schedule, run, self.violation)[1] is None:
                self.stats.lost_but_not_again += 1
                return None
        if self.oracle.reference is not None and trace.end != "stuck":
            self.oracle.reference.learn_later(self.stepped)
            return self.violation(trace)
        return violation

    def learn_serial_outcomes(self) -> None:
        learn_serial_outcomes(self.stepped, self.oracle, self.leases)


def led_along(
    schedule: Sequence[str],
    run: Callable[[ReplayScheduler], Trace],
    judge: Callable[[Trace], Violation | None],
) -> tuple[Trace, Violation | None, bool]:
    """Run a schedule until a run says something about it, `TRIES` times at most.

    A run says nothing if it loses nothing and left the schedule, or was discarded: on a machine
    that stands still for a second, a request is held for too long.

    Returns the last run, what it lost, and whether it kept to the schedule to its end.
    """
    for _ in range(TRIES):
        scheduler = ReplayScheduler(schedule)
        trace = run(scheduler)
        violation = judge(trace)
        kept_to_it = not scheduler.diverged and trace.end in ("finished", "stuck")
        if violation is not None or kept_to_it:
            break
    return trace, violation, kept_to_it


def learn_serial_outcomes(
    stepped: SteppedServer, oracle: Oracle, leases: str = OUTLIVE_THE_WORK
) -> None:
    """Without a model, the app itself is the model: its requests, one after the other."""
    if oracle.needs_serial_runs and oracle.reference is None:
        oracle.reference = learned_from_the_same_start(stepped, oracle.program, leases=leases)
