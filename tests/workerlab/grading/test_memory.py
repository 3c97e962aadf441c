"""What is remembered from one command to the next: progress and hints."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from workerlab.errors import BadUsage
from workerlab.grading import hints, memory, progress
from workerlab.grading.result import CheckResult, LabResult

LAB = "lab50_small"


def count(times: int) -> None:
    for _ in range(times):
        memory.update("count", lambda kept: kept.update(n=kept.get("n", 0) + 1))


def test_two_commands_at_once_lose_no_update(repository: Path) -> None:
    """This project of all projects."""
    several = [multiprocessing.get_context("spawn").Process(target=count, args=(50,)) for _ in "ab"]
    for one in several:
        one.start()
    for one in several:
        one.join()
    assert memory.recall("count") == {"n": 100}
    assert {path.name for path in (repository / memory.FOLDER).iterdir()} == {"count.json", "lock"}


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"lab50_small": 3}', '{"lab50_small": []}'])
def test_a_broken_file_counts_as_empty(repository: Path, text: str) -> None:
    (repository / memory.FOLDER).mkdir()
    for name in ("progress", "hints"):
        (repository / memory.FOLDER / f"{name}.json").write_text(text)
    assert [at.best for at in progress.standings()] == [None]
    assert hints.seen(LAB, "starts") == 0
    hints.climb(hints.ladder(LAB, "starts"))
    assert hints.seen(LAB, "starts") == 1
    progress.record(result(1.0), repository / "labs", partly=False)
    assert [at.best for at in progress.standings()] == [1.0]


def result(points: float) -> LabResult:
    status = "passed" if points == 3.0 else "failed"
    return LabResult(LAB, [CheckResult("starts", "t", status, points, 3.0)], 3.0)


def test_the_best_is_kept_and_what_is_next(repository: Path) -> None:
    def now() -> progress.Standing:
        (standing,) = progress.standings()
        return standing

    assert "README.md" in now().next
    for points, best in ((1.0, 1.0), (2.0, 2.0), (0.5, 2.0)):
        progress.record(result(points), repository / "labs", partly=False)
        assert (now().best, now().last, now().done) == (best, points, False)
    assert now().next == f"workerlab hint {LAB} starts"
    progress.record(result(3.0), repository / "labs", partly=True)
    assert now().best == 2.0, "some of the checks are no score of the lab"
    progress.record(result(3.0), repository / "labs", partly=False)
    assert (now().done, now().next) == (True, "done")


@pytest.mark.parametrize("place", ["solutions", f"tests/mutants/{LAB}/a_mutant"])
def test_other_peoples_answers_do_not_count(repository: Path, place: str) -> None:
    progress.record(result(3.0), repository / place, partly=False)
    assert [at.best for at in progress.standings()] == [None]


def test_the_ladder_has_an_end(repository: Path) -> None:
    at = hints.ladder(LAB, "starts")
    for seen, left in ((1, 2), (2, 1), (3, 0), (3, 0)):
        at = hints.climb(at)
        assert (at.seen, at.left, len(at.shown)) == (seen, left, seen)
    assert hints.ladder(LAB, "starts").seen == 3
    assert hints.ladder(LAB, "no_lost_update").seen == 0
    hints.climb(at, 0)
    assert hints.ladder(LAB, "starts").shown == ()


def test_a_ladder_that_has_become_shorter(repository: Path) -> None:
    memory.update("hints", lambda kept: kept.update({LAB: {"starts": 99}}))
    assert hints.ladder(LAB, "starts").left == 0


def test_a_check_that_does_not_exist(repository: Path) -> None:
    with pytest.raises(BadUsage) as refused:
        hints.ladder(LAB, "start")
    assert refused.value.advice == "choose one of: starts, no_lost_update"


def test_a_folder_that_cannot_be_written(repository: Path) -> None:
    (repository / memory.FOLDER).write_text("in the way")
    with pytest.raises(memory.NotRemembered, match="cannot be written"):
        progress.record(result(1.0), repository / "labs", partly=False)
    warnings: list[str] = []
    assert hints.climb(hints.ladder(LAB, "starts"), warn=warnings.append).shown == ("one?",)
    assert len(warnings) == 1
