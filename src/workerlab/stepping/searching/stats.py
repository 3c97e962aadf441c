"""The counts of a search, and its verdict when it has found nothing."""

from dataclasses import dataclass, field

from workerlab.evidence import Classes, classes_in_words
from workerlab.stepping.access import EXPIRES
from workerlab.stepping.controller.trace import Trace
from workerlab.verdict import Verdict


@dataclass
class SearchStats:
    """The counts of a search so far."""

    schedules: int = 0
    preemptions: int = 0
    requests: int = 0
    discarded: int = 0
    diverged: int = 0
    any_blocked: bool = False
    exhausted: bool = False
    classes: Classes | None = None  # of schedules that come to the same: one of each has been run
    ran_out: set[str] = field(
        default_factory=set
    )  # the times-to-live that ran out in some schedule
    any_lease: bool = False  # whether any time-to-live was set, as far as is known
    lost_but_not_again: int = 0
    cut_short: bool = False  # a placement did not get its least number of schedules
    steps: int = 0  # of the app's own lines, that were met in any schedule
    lengths: list[int] = field(default_factory=list)

    def count(self, trace: Trace) -> None:
        self.schedules += 1
        self.requests += len(trace.history)
        self.preemptions = max(self.preemptions, trace.preemptions)
        self.discarded += trace.end == "discarded"
        self.any_blocked |= trace.any_blocked
        self.steps += sum(decision.stop is not None for decision in trace.decisions)
        self.steps += sum(map(len, trace.passed.values()))
        self.lengths.append(len(trace.decisions))
        self.ran_out |= {*trace.expired}
        self.any_lease |= bool(trace.leases) or EXPIRES in trace.caveats

    def tried(self) -> dict[str, int]:
        return {
            "schedules": self.schedules,
            "preemptions": self.preemptions,
            "crash_points": 0,
            "requests": self.requests,
        }

    def nothing_lost(self, complete: bool, must_be_held: bool = False) -> Verdict:
        """The verdict when no loss replayed.

        complete       every schedule there is has been run
        must_be_held   requests that share something cannot do so without a step of their own
        """
        if self.lost_but_not_again:
            return self._inconclusive(
                f"{self.lost_but_not_again} of {self.schedules} schedules lost once and did not "
                "lose again; run the search again on a quieter machine, or with another seed"
            )
        if self.cut_short:
            return self._inconclusive(
                f"only {self.schedules} schedules could be tried in the time there was; "
                "run the search again on a quieter machine, or give it more seconds"
            )
        if self.discarded == self.schedules:
            return self._inconclusive(
                "every schedule took longer than a request may be held; nothing was tried"
            )
        if must_be_held and not self.steps:
            return self._inconclusive(
                f"in {self.schedules} schedules not one step was met in the app's own files, so "
                "no request could be held anywhere: do the work there, or name its package (trace_into)"
            )
        every = (
            complete
            and not self.classes
            and not (self.any_blocked or self.discarded or self.diverged)
        )
        number = f"{self.schedules} schedule{'s' * (self.schedules != 1)}"
        among = f"all {number} that there are" if every else f"the {number} tried"
        most = f"{self.preemptions} preemption{'s' * (self.preemptions != 1)}"
        message = f"no losing schedule among {among}, up to {most}"
        if self.classes:
            message += f"; {classes_in_words(self.classes)}"
        elif self.ran_out:
            message += ", in some of which a time-to-live ran out"
        return Verdict("passed", message, self.tried(), classes=self.classes)

    def _inconclusive(self, message: str) -> Verdict:
        return Verdict("inconclusive", message, self.tried())
