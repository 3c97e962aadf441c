"""Shows a grading while it runs: each check as it ends, and a failed one with its schedule."""

from __future__ import annotations

import time

from workerlab.cli.screen import Screen
from workerlab.draw import evidence_text
from workerlab.grading.api import CheckInfo
from workerlab.grading.manifest import Manifest
from workerlab.grading.result import (
    FAILED,
    INCONCLUSIVE,
    NOT_GRADABLE,
    PASSED,
    CheckResult,
    LabResult,
    all_classes_in_words,
)
from workerlab.grading.told import message_of, told_before

SIGNS = {
    PASSED: ("✔", "green"),
    FAILED: ("✘", "bold red"),
    INCONCLUSIVE: ("?", "yellow"),
    NOT_GRADABLE: ("!", "magenta"),
}
INDENT = 4


class CheckView:
    """Takes the events of a grading; `one_only` shows only the first failed check in full."""

    def __init__(self, screen: Screen, *, one_only: bool = False) -> None:
        self.screen, self.one_only = screen, one_only
        self.lab, self.explained, self.began = "", False, time.monotonic()
        self.told: list[CheckResult] = []  # of this lab, in full

    def __call__(self, kind: str, what: object) -> None:
        getattr(self, f"on_{kind}")(what)

    def on_lab(self, lab: Manifest) -> None:
        self.lab, self.began = lab.name, time.monotonic()
        self.told = []
        self.screen.parts((lab.name, "bold"), (f"  {lab.title}", ""))
        self.screen.doing("getting ready")

    def on_started(self, info: CheckInfo) -> None:
        self.began = time.monotonic()
        self.check = info.id
        self.screen.doing(f"{info.id}: {info.title}")

    def on_progress(self, text: str) -> None:
        self.screen.doing(f"{self.check}: {text}")

    def on_finished(self, result: CheckResult) -> None:
        seconds, self.began = time.monotonic() - self.began, time.monotonic()
        sign, style = SIGNS[result.status]
        points = f"{result.points:g}/{result.max_points:g}"
        self.screen.parts(
            (f"  {sign} ", style),
            (f"{result.id:<32}", "bold" if result.status != PASSED else ""),
            (f"{points:>7}", ""),
            (f"{seconds:>6.1f} s  ", "dim"),
            (result.title, ""),
        )
        if result.status == PASSED and result.classes:
            words = all_classes_in_words(result.classes)
            self.screen.say(words, "dim", indent=INDENT)
        if result.status != PASSED and not (self.one_only and self.explained):
            self.explained = True
            self._tell(result)

    def _tell(self, result: CheckResult) -> None:
        screen = self.screen
        screen.say()
        earlier = told_before(result, self.told)
        for place, line in enumerate(message_of(result, earlier).split("\n")):
            screen.say(line, SIGNS[result.status][1] if place == 0 else "", indent=INDENT)
        self.told.append(result)
        if result.evidence and not earlier:
            screen.say()
            screen.say(evidence_text(result.evidence, screen.width - INDENT), indent=INDENT)
        if result.status == FAILED:
            screen.say(f"next: workerlab hint {self.lab} {result.id}", "cyan", indent=INDENT)
        screen.say()

    def on_graded(self, lab: LabResult) -> None:
        """The summary: points, time, and the checks that did not pass."""
        parts = [(f"{lab.lab}: {lab.score:g} of {lab.max_score:g} points", "bold")]
        for status, name in (
            (FAILED, "failed"),
            (NOT_GRADABLE, "could not be graded"),
            (INCONCLUSIVE, "inconclusive"),
        ):
            if count := sum(check.status == status for check in lab.checks):
                parts.append((f", {count} {name}", SIGNS[status][1]))
        self.screen.parts(*parts, (f"  ({lab.duration_s:.1f} s)", "dim"))

    def on_warning(self, text: str) -> None:
        self.screen.warn(text)
