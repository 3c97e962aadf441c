"""Gradings that are forked from one process: nothing is shared, and each can be ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from workerlab.grading.authoring.forked_runs import ForkedRuns
from workerlab.grading.result import Report

LAB = "lab50_small"
CHECKS = """
import os, sys, time
from pathlib import Path
from workerlab.grading import check


@check("starts", title="It starts", points=1, quick=True, hints=("one?", "two", "three"))
def test_starts(submission):
    asked = (submission / "app.py").read_text()
    Path(os.environ["WHERE"], f"{asked}-began").write_text(str(os.getpid()))
    if asked == "hangs":
        time.sleep(1000)
    assert not hasattr(sys, "left_by_another"), "the same process as another run"
    sys.left_by_another = True
"""
PLENTY_S = 600.0


@pytest.fixture
def where(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (repository / "tests" / "labs" / f"test_{LAB}.py").write_text(CHECKS)
    monkeypatch.setenv("WHERE", str(tmp_path))
    return tmp_path


@pytest.fixture
def runs() -> Iterator[ForkedRuns]:
    forked = ForkedRuns()
    yield forked
    forked.close()


def job(where: Path, word: str) -> dict[str, object]:
    folder = where / "repository" / "tests" / "answers" / word / LAB  # of the course: no sandbox
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "app.py").write_text(word)
    result = str(where / f"{word}.json")
    only: list[str] = []
    return {"lab": LAB, "submission": str(folder), "only": only, "quick": True, "result": result}


def status(where: Path, word: str) -> str:
    [lab] = Report.read(where / f"{word}.json").labs
    [check] = lab.checks
    return f"{check.status} {check.message}".strip()


def test_one_run_leaves_nothing_to_the_next(where: Path, runs: ForkedRuns) -> None:
    for word in ("one", "two"):
        assert runs.run(job(where, word), str(where / "errors"), PLENTY_S, Event()) == 0
        assert status(where, word) == "passed"
    first, second = ((where / f"{word}-began").read_text() for word in ("one", "two"))
    assert first != second


def test_each_run_has_the_environment_of_its_moment(
    where: Path, runs: ForkedRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.run(job(where, "one"), str(where / "errors"), PLENTY_S, Event())
    (where / "later").mkdir()
    monkeypatch.setenv("WHERE", str(where / "later"))
    runs.run(job(where, "one"), str(where / "errors"), PLENTY_S, Event())
    assert (where / "later" / "one-began").is_file()


def test_what_cannot_be_graded_is_told_in_a_line(where: Path, runs: ForkedRuns) -> None:
    wrong = {**job(where, "one"), "lab": "lab77_nowhere"}
    assert runs.run(wrong, str(where / "errors"), PLENTY_S, Event()) == 2
    assert "lab77_nowhere" in (where / "errors").read_text()


@pytest.mark.parametrize("how", ["stopped", "late", "killed"])
def test_a_run_that_hangs_is_ended_and_the_next_one_begins(
    where: Path, runs: ForkedRuns, how: str
) -> None:
    stop, began = Event(), where / "hangs-began"

    def end_it() -> None:
        while not (began.exists() and began.read_text()):
            stop.wait(0.01)
        if how == "killed":
            os.kill(int(began.read_text()), signal.SIGKILL)
        stop.set()

    ender = Thread(target=end_it, daemon=True)
    ender.start()
    order = job(where, "hangs")
    seconds = 0.0 if how == "late" else PLENTY_S
    if how == "late":
        began.write_text("0")  # it is late before it can begin
    found = runs.run(order, str(where / "errors"), seconds, Event() if how != "stopped" else stop)
    ender.join()
    assert found == (-signal.SIGKILL if how == "killed" else None)
    assert runs.run(job(where, "one"), str(where / "errors"), PLENTY_S, Event()) == 0
