"""What a run must show to hold, from its result alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from workerlab.grading.authoring.verify import Job, judged
from workerlab.grading.result import CheckResult, LabResult

LAB = "lab50_small"


def result(starts: str, lesson: str, points: float = 0.0) -> LabResult:
    """Of ten points, `points` are got."""
    checks = [
        CheckResult("starts", "It starts", starts, points, 3.5),
        CheckResult("lesson", "The lesson", lesson, 0.0, 6.5),
    ]
    return LabResult(LAB, checks, 10.0)


def job(kind: str, dies_by: str = "", *, quick: bool = False) -> Job:
    return Job(LAB, kind, "one", Path("one"), dies_by, quick=quick)


@pytest.mark.parametrize(
    ("points", "quick", "holds"), [(3.0, False, True), (3.5, False, False), (3.5, True, True)]
)
def test_an_unchanged_starter_gets_three_of_ten_points_at_most(
    points: float, quick: bool, holds: bool
) -> None:
    held, found = judged(job("starter", quick=quick), result("passed", "failed", points))
    assert held is holds
    assert found == "lesson failed" + "; an unchanged starter gets 3.5 of 10" * (not holds)


@pytest.mark.parametrize(
    ("kind", "starts", "lesson", "holds"),
    [
        ("starter", "passed", "passed", False),
        ("starter", "failed", "failed", False),  # it must at least start
        ("starter", "passed", "inconclusive", False),
        ("mutant", "passed", "failed", True),
        ("mutant", "passed", "passed", False),
        ("mutant", "passed", "inconclusive", False),
        ("solution", "passed", "passed", True),
        ("right", "passed", "failed", False),
    ],
)
def test_what_holds(kind: str, starts: str, lesson: str, holds: bool) -> None:
    dies_by = "lesson" if kind == "mutant" else ""
    assert judged(job(kind, dies_by), result(starts, lesson))[0] is holds
