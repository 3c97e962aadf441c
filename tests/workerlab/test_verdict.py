"""Three outcomes, each with what was tried."""

from __future__ import annotations

import json

import pytest

from workerlab.verdict import Verdict


def test_what_was_not_tried_counts_as_none():
    assert Verdict("passed", "fine", {"schedules": 62}).tried == {
        "schedules": 62,
        "preemptions": 0,
        "crash_points": 0,
        "requests": 0,
    }


def test_it_goes_through_json():
    verdict = Verdict("failed", "lost", {"preemptions": 1}, {"schedule": ["A", "B"], "seed": 1})
    assert Verdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict


def test_only_passed_has_passed():
    assert Verdict("passed", "").passed
    assert not Verdict("failed", "").passed
    assert not Verdict("inconclusive", "").passed


def test_there_is_no_fourth_outcome():
    with pytest.raises(ValueError, match="passed, failed, inconclusive"):
        Verdict("proven", "")
