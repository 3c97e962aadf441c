"""A report says nothing twice: neither beside its picture nor in a second check."""

from __future__ import annotations

from typing import Any

import pytest

from workerlab.cli.check_view import CheckView
from workerlab.cli.screen import Screen
from workerlab.grading.gradebooks.common import student_text
from workerlab.grading.page.html import page
from workerlab.grading.result import CheckResult, LabResult, Report
from workerlab.grading.told import message_of, told_before

ACTUAL, EXPECTED = "A is answered 1, B is answered 1", "every order gives A 1, B 2"
STEP = {"task": "A", "worker": 1, "line": 9, "source": "n = 1", "kind": "call"}
PICTURE: dict[str, Any] = {"steps": [STEP], "actual": ACTUAL, "expected": EXPECTED}
LOST = "One increment was lost."
MESSAGE = f"{LOST}\n{ACTUAL}; {EXPECTED}"


def failed(id_: str, message: str = MESSAGE, evidence: dict[str, Any] | None = PICTURE):
    return CheckResult(id_, "title", "failed", 0.0, 1.0, message, evidence=evidence)  # type: ignore[arg-type]


def test_what_the_picture_says_is_not_in_the_message() -> None:
    assert message_of(failed("one")) == LOST
    more = f"{MESSAGE} (ValueError: x, in app.py, line 3)"
    assert message_of(failed("one", more)) == f"{LOST}\n(ValueError: x, in app.py, line 3)"


def test_a_message_without_a_picture_says_everything() -> None:
    assert message_of(failed("one", evidence=None)) == MESSAGE
    assert message_of(failed("one", evidence=PICTURE | {"steps": []})) == MESSAGE


def test_a_message_is_never_empty() -> None:
    alone = f"{ACTUAL}; {EXPECTED}"
    assert message_of(failed("one", alone)) == alone


def test_the_same_schedule_is_shown_once() -> None:
    checks = [failed("one"), failed("two", f"{MESSAGE}\nSo nothing was sent."), failed("three")]
    checks[2].evidence = PICTURE | {"actual": "A is answered 2"}
    assert [told_before(check, checks) for check in checks] == [None, checks[0], None]
    told = "The schedule of one fails this check, too.\nSo nothing was sent."
    assert message_of(checks[1], checks[0]) == told


def test_no_form_of_a_report_repeats_itself(capsys: pytest.CaptureFixture[str]) -> None:
    lab = LabResult("lab50_small", [failed("one"), failed("two", f"{MESSAGE}\nNone sent.")], 2.0)
    view = CheckView(Screen())
    for check in lab.checks:
        view("finished", check)
    text, seen = repr(Report("s", 1, [lab])), capsys.readouterr().out
    web = page(Report("s", 1, [lab]))
    for report in (text, seen):
        assert report.count(LOST) == report.count(ACTUAL) == report.count(EXPECTED) == 1
    assert web.count(LOST) == 1 and web.count('class="player"') == 1
    for report in (text, seen, web):
        assert "The schedule of one fails this check, too." in report and "None sent." in report
    assert student_text(lab.checks[0]).count(ACTUAL) == 1
