"""A loss that replays is made ready to be shown: minimised, with its values and its name."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import cached_property

from workerlab.errors import BadUsage
from workerlab.evidence import Anomaly, Evidence, for_readers
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.searching.anomaly import anomaly_of, late_write
from workerlab.stepping.searching.attempts import REPLAYS, Attempts
from workerlab.stepping.searching.evidence import evidence_of, expiries_in_words, steps_of
from workerlab.stepping.searching.in_a_sentence import in_a_sentence
from workerlab.stepping.searching.last_exception import last_exception
from workerlab.stepping.searching.minimise import minimise
from workerlab.stepping.searching.oracle import Violation
from workerlab.stepping.searching.schedulers import ReplayScheduler
from workerlab.stepping.searching.serial_runs import one_by_one


class Loss:
    """The simplest schedule found that loses, as its evidence shows it.

    shown       its run, with values where they could be told
    violation   what it shows that no right app shows
    """

    def __init__(
        self, attempts: Attempts, placement: str, trace: Trace, violation: Violation
    ) -> None:
        self._attempts, self._placement = attempts, placement
        if trace.end != "stuck":
            trace = minimise(trace, self._loses)
        self.shown, self.violation = self._with_values(trace, violation)

    def evidence(self, seed: int) -> Evidence:
        """The record that a report, a picture and a replay are made of."""
        program, anomaly = self._attempts.program, self._anomaly
        harm = late_write(program, self.shown) if anomaly == "lost update" else None
        evidence = evidence_of(
            program, self._placement, self.shown, self.violation, seed, REPLAYS,
            anomaly=anomaly, harm=harm,
        )  # fmt: skip
        if self.shown.expired:
            evidence["assumed"] = self._attempts.leases
        return evidence

    def in_words(self) -> str:
        """What happened, in one sentence where that is certain; the answers; what would be right."""
        message = f"{self.violation.actual}; {self.violation.expected}"
        if first := in_a_sentence(self._attempts.program, self.shown.history, self._anomaly):
            message = f"{first}\n{message}"
        if any((event.status or 0) >= 500 for event in self.shown.history):
            message += last_exception(self._attempts.stepped.server.log)
        if self.shown.expired:
            message += f"; {expiries_in_words(self.shown)}"
        if self.shown.end == "stuck":
            return f"the requests wait for each other for ever (deadlock): {self.violation.actual}"
        return for_readers(message)

    def _loses(self, schedule: list[str]) -> Trace | None:
        again = self._attempts.execute(self._placement, ReplayScheduler(schedule))
        return again if self._attempts.violation(again) else None

    @cached_property
    def _anomaly(self) -> Anomaly | None:
        """Its name. Where two requests are the same, the app is asked what one of them does alone."""
        program, reference = self._attempts.program, self._attempts.oracle.reference
        alone = None
        if reference and len(program.names) == 2 and len(set(map(str, program.requests))) == 1:
            one = replace(program, requests=program.requests[:1])
            with suppress(BadUsage):  # what is asked afterwards may be about the other one
                alone, _ = one_by_one(self._attempts.stepped, one, one.names)
        return anomaly_of(program, self.shown, steps_of(program, self.shown), reference, alone)

    def _with_values(self, trace: Trace, violation: Violation) -> tuple[Trace, Violation]:
        """The same schedule once more, with the values that each step reads and writes, and its loss.

        A run that took another way does not show this loss: a store's own timer (SQLite's
        busy time-out) may have woken a worker a step later. If all do, it is shown without values.
        """
        for _ in range(REPLAYS):
            shown = self._attempts.again(self._placement, trace.schedule)
            again = self._attempts.violation(shown)
            if again is not None and shown.schedule == trace.schedule:
                return shown, again
        return trace, self._attempts.violation(trace) or violation
