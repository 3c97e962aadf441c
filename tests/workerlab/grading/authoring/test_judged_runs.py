"""What a run must show to hold, from its result alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from workerlab.grading.authoring.runs import Job, expected, judged
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
    ("message", "holds"),
    [
        ("One increment was lost: the report says 1.\nA is answered 1", True),
        ("POST /increment failed: it was answered 500.", False),
        ("POST /increment failed.\nOne increment was lost", False),  # only the first line counts
        ("", False),
    ],
)
def test_a_mutant_must_die_with_the_words_that_name_its_fault(message: str, holds: bool) -> None:
    said = result("passed", "failed")
    said.checks[1] = replace(said.checks[1], message=message)
    silent = job("mutant", "lesson")
    held, found = judged(replace(silent, says="was lost"), said)
    assert held is holds
    assert ("its first line has no 'was lost'" in found) is not holds
    assert judged(silent, said)[0], "without words any line will do"
    assert "says 'was lost'" in expected(replace(silent, says="was lost"))


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
