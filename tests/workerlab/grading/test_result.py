"""The result document: its exact keys, its exit statuses, and that it is always whole."""

from __future__ import annotations

import itertools
import json
import threading
from pathlib import Path

import pytest

from workerlab.errors import BadUsage
from workerlab.grading.result import (
    FAILED,
    INCONCLUSIVE,
    NOT_GRADABLE,
    PASSED,
    CheckResult,
    LabResult,
    Report,
)

STEP = {"worker": 4711, "task": "A", "file": "app.py", "line": 9, "source": "x", "read": "0"}


def report_of(*statuses: str) -> Report:
    checks = [
        CheckResult(f"check_{n}", "a title", status, float(status == PASSED), 1.0)
        for n, status in enumerate(statuses)
    ]
    return Report(
        "/a/submission", 7, [LabResult("lab08_redis", checks, float(len(checks)), 1.23456)]
    )


def test_the_keys_are_exactly_those_of_the_contract(tmp_path: Path) -> None:
    report = report_of(PASSED, FAILED)
    report.labs[0].checks[1].evidence = {"schedule": ["A", "B"], "steps": [STEP]}
    report.labs[0].checks[1].tried = {"schedules": 62, "preemptions": 2}
    report.write(tmp_path / "result.json")
    data = json.loads((tmp_path / "result.json").read_text())
    assert list(data) == ["schema", "submission", "seed", "labs"]
    assert data["schema"] == "workerlab/result/v1"
    (lab,) = data["labs"]
    assert list(lab) == ["lab", "status", "score", "max_score", "duration_s", "checks"]
    assert (lab["status"], lab["score"], lab["max_score"], lab["duration_s"]) == (
        "failed", 1.0, 2.0, 1.23,
    )  # fmt: skip
    assert list(lab["checks"][1]) == [
        "id", "title", "status", "points", "max_points", "message", "instructor_message",
        "tried", "evidence",
    ]  # fmt: skip


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    report = report_of(PASSED, FAILED, INCONCLUSIVE, NOT_GRADABLE)
    report.write(tmp_path / "result.json")
    again = Report.read(tmp_path / "result.json")
    assert again.to_json() == report.to_json()


RANKS = {FAILED: 1, NOT_GRADABLE: 2, INCONCLUSIVE: 3, PASSED: 0}


@pytest.mark.parametrize("pair", [*itertools.product(RANKS, repeat=2)])
def test_the_exit_status_is_that_of_the_worst(pair: tuple[str, str]) -> None:
    worst = next(status for status in RANKS if status in pair)
    assert report_of(*pair).exit_status == RANKS[worst]
    two_labs = Report("x", 1, [*report_of(pair[0]).labs, *report_of(pair[1]).labs])
    assert two_labs.exit_status == RANKS[worst]


def test_nothing_graded_is_no_pass() -> None:
    assert Report("x", 1).exit_status == 2
    assert report_of().exit_status == 2
    assert report_of().labs[0].status == NOT_GRADABLE


def test_a_reader_never_sees_half_a_document(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    report = report_of(*[PASSED] * 60)
    report.write(path)
    done = threading.Event()

    def write() -> None:
        for _ in range(100):
            report.write(path)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    reads = 0
    while not done.is_set() or not reads:
        assert len(Report.read(path).labs[0].checks) == 60
        reads += 1
    writer.join()
    assert list(tmp_path.iterdir()) == [path], "no draft is left"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"schema": "another/v1"}',
        "\x00",
        '{"schema": "workerlab/result/v1"}',
    ],
)
def test_what_is_no_result_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "result.json"
    path.write_text(text)
    with pytest.raises(BadUsage, match="is not a result") as refused:
        Report.read(path)
    assert refused.value.advice


def test_a_place_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (
        tmp_path / "file" / "result.json",
        tmp_path / "nowhere" / "result.json",
        tmp_path,
    ):
        with pytest.raises(BadUsage, match="cannot write"):
            report_of(PASSED).write(place)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_report_shows_itself() -> None:
    report = report_of(PASSED, FAILED)
    report.labs[0].checks[1].message = "it loses"
    assert "1 of 2 points" in repr(report)
    assert "it loses" in repr(report)


def test_classes_are_written_only_where_there_are_some(tmp_path: Path) -> None:
    found = {
        "classes": 4,
        "orders": 924,
        "provided": "",
        "ran_out": False,
        "program": "POST /a | POST /b",
        "shown": [],
    }
    report = report_of(PASSED, PASSED)
    report.labs[0].checks[1].classes = [found, found]
    report.write(tmp_path / "result.json")
    first, second = json.loads((tmp_path / "result.json").read_text())["labs"][0]["checks"]
    assert "classes" not in first
    assert list(second)[-2:] == ["evidence", "classes"]
    assert Report.read(tmp_path / "result.json").labs[0].checks[1].classes == [found, found]
    said = repr(report)
    assert said.count("complete for different workers: all 4 classes of the 924 orders") == 1
