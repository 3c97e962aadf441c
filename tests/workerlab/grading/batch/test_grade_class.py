"""A class from submissions to marks: what goes on, what is refused, and what each reader sees."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import signal
import time
from pathlib import Path

import pytest

from workerlab.errors import BadUsage
from workerlab.grading.batch.folder import file_name
from workerlab.grading.batch.journal import read
from workerlab.grading.batch.runner import Progress, grade_class

LAB = "lab50_small"
CHECKS = """
import ctypes
import os
import time

from workerlab.grading import check
from workerlab.grading.api import CheckFailed

THREE = ("one?", "two", "three")


def word(submission):
    with open({begun!r}, "a") as file:
        file.write("x\\n")
    return (submission / "app.py").read_text().strip()


@check("starts", title="It starts", points=1, quick=True, hints=THREE)
def test_starts(submission, seed):
    evidence = {{"seed": seed, "reason": f"seed {{seed}} lost"}}
    if word(submission) == "wrong":
        raise CheckFailed(f"with seed {{seed}} it loses", evidence)


@check("no_lost_update", title="All count", points=2, hints=THREE)
def test_no_lost_update(submission):
    match word(submission):
        case "hangs":
            time.sleep(1000)
        case "kills":
            os.kill(os.getpid(), 9)


@check("last", title="The last", points=1, hints=THREE)
def test_last(submission):
    assert ctypes.CDLL(None).prctl(3) == 0, "others of our user may read the grader's memory"
    assert word(submission) != "fails at last", "the last one fails"
"""
CANARY = 1_234_567_891  # the seed


@pytest.fixture
def group(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of submissions; where its checks say that they have begun is beside it."""
    tests = repository / "tests" / "labs" / f"test_{LAB}.py"
    seen = tmp_path / "seen"
    seen.mkdir()
    monkeypatch.setenv("WORKERLAB_CELL_FOLDER", str(seen))
    tests.write_text(CHECKS.format(begun=str(seen / "begun")))
    folder = tmp_path / "handed-in"
    folder.mkdir()
    return folder


def hand_in(group: Path, student: str, word: str, lab: str = LAB) -> None:
    (group / student / lab).mkdir(parents=True, exist_ok=True)
    (group / student / lab / "app.py").write_text(word)


def begun(group: Path) -> int:
    """How many checks have begun so far."""
    return len((group.parent / "seen" / "begun").read_text().splitlines())


def marks(out: Path) -> dict[str, dict[str, str]]:
    with open(out / "grades.csv", encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_a_class(group: Path, tmp_path: Path) -> None:
    hand_in(group, "ada", "right")
    hand_in(group, "bob", "wrong")
    hand_in(group, "cy", "hangs")
    hand_in(group, "di", "kills")
    (group / "flo").mkdir()
    (group / "flo" / "notes.txt").write_text("I was ill")
    (group / "eve.zip").write_bytes(b"no zip")
    out, seen = tmp_path / "out", []

    def watch(progress: Progress) -> None:
        seen.append(len(progress.doing))
        assert set(marks(out)) == {"ada", "bob", "cy", "di", "eve", "flo"}  # at every moment

    book = grade_class(group, out, labs=[LAB], seed=CANARY, budget=6, on_change=watch)
    assert book.complete and book == read(out) and max(seen) == 2
    found = {
        name: [(check.status, check.points) for check in book.lab_of(row, LAB).checks]
        for name, row in book.rows.items()
    }
    right = [("passed", 1.0), ("passed", 2.0), ("passed", 1.0)]
    assert found["ada"] == right
    assert found["bob"] == [("failed", 0.0), *right[1:]]
    assert found["cy"] == [right[0], ("inconclusive", 0.0), ("inconclusive", 0.0)]
    assert found["di"] == [right[0], ("not_gradable", 0.0), ("not_gradable", 0.0)]
    assert found["eve"] == [("not_gradable", 0.0)] * 3
    assert found["flo"] == [("not_gradable", 0.0)] * 3
    _marks_of_a_class(out)
    _pages_of_a_class(out, book.isolation)


def _marks_of_a_class(out: Path) -> None:
    rows = marks(out)
    assert {name: (row[LAB], row["total"], row["status"]) for name, row in rows.items()} == {
        "ada": ("4", "4", "passed"),
        "bob": ("3", "3", "failed"),
        "cy": ("1", "1", "inconclusive"),
        "di": ("1", "1", "not gradable"),
        "eve": ("", "", "refused"),
        "flo": ("", "", "refused"),
    }
    assert "the time for this submission (6 s) ran out here" in rows["cy"]["note"]
    assert "was ended during this check" in rows["di"]["note"]
    assert "no .zip" in rows["eve"]["note"]


def _pages_of_a_class(out: Path, isolation: str) -> None:
    """Students see no seed, and no message for the instructor."""
    for name in ("ada", "bob", "cy", "di", "eve", "flo"):
        page = (out / "students" / f"{name}.html").read_text()
        assert str(CANARY) not in page and isolation in page and "AssertionError" not in page
        result = json.loads((out / "results" / f"{name}.json").read_text())
        assert result["schema"] == "workerlab/result/v1" and result["seed"] == CANARY
    assert "with seed … it loses" in (out / "students" / "bob.html").read_text()
    assert "found flo/notes.txt" in (out / "students" / "flo.html").read_text()
    summary = (out / "index.html").read_text()
    assert "6 of 6 submissions graded" in summary and isolation in summary
    assert "median 2, lowest 1, highest 4 of 4" in summary and "no .zip" in summary


def test_what_is_graded_stays_and_what_has_changed_is_graded_anew(
    group: Path, tmp_path: Path
) -> None:
    hand_in(group, "ada", "wrong")
    hand_in(group, "bob", "right")
    out = tmp_path / "out"
    grade_class(group, out)  # the labs that were handed in
    assert marks(out)["ada"]["total"] == "3" and begun(group) == 6
    seed = read(out).seed
    hand_in(group, "ada", "right")
    hand_in(group, "late", "fails at last")
    book = grade_class(group, out)
    assert begun(group) == 12 and book.seed == seed
    assert {name: row["total"] for name, row in marks(out).items()} == {
        "ada": "4",
        "bob": "4",
        "late": "3",
    }
    assert "4 of 4" in (out / "students" / "ada.html").read_text()


def test_only_the_missing_checks_are_run(group: Path, tmp_path: Path) -> None:
    hand_in(group, "ada", "right")
    out = tmp_path / "out"
    whole = grade_class(group, out, seed=CANARY)
    lines = (out / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (out / "journal.jsonl").write_bytes(b"".join(lines[:4]) + lines[4][:9])  # killed: two checks
    book = grade_class(group, out)
    assert begun(group) == 4
    assert book.rows["ada"].labs[LAB].checks == whole.rows["ada"].labs[LAB].checks


def test_another_set_of_labs_or_another_seed_is_refused(group: Path, tmp_path: Path) -> None:
    hand_in(group, "ada", "right")
    out = tmp_path / "out"
    grade_class(group, out, seed=CANARY)
    home = Path(os.environ["WORKERLAB_HOME"])
    other = home / "labs" / "lab51_other"
    other.mkdir()
    text = (home / "labs" / LAB / "lab.toml").read_text()
    (other / "lab.toml").write_text(text.replace(LAB, other.name))
    tests = home / "tests" / "labs"
    checks = (tests / f"test_{LAB}.py").read_text()
    (tests / f"test_{other.name}.py").write_text(checks)
    with pytest.raises(BadUsage, match=f"a class graded in {LAB}"):
        grade_class(group, out, labs=["51"])
    with pytest.raises(BadUsage, match="another seed"):
        grade_class(group, out, seed=2)
    (tests / f"test_{LAB}.py").write_text(checks.replace("points=2", "points=5"))
    with pytest.raises(BadUsage, match="checks have changed"):
        grade_class(group, out)
    assert begun(group) == 3


def test_two_graders_of_one_class(group: Path, tmp_path: Path) -> None:
    hand_in(group, "ada", "right")
    out = tmp_path / "out"
    out.mkdir()
    folder = os.open(out, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    with pytest.raises(BadUsage, match="another grader is at work"):
        grade_class(group, out)
    os.close(folder)
    assert list(out.iterdir()) == [] and grade_class(group, out).complete


def test_no_lab_is_named(group: Path, tmp_path: Path) -> None:
    (group / "ada.py").write_text("right")
    with pytest.raises(BadUsage, match="which lab"):
        grade_class(group, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert grade_class(group, tmp_path / "out", labs=[LAB]).rows["ada"].score == 4.0


def test_results_among_the_submissions_are_refused(group: Path) -> None:
    hand_in(group, "ada", "right")
    with pytest.raises(BadUsage, match="graded as a submission"):
        grade_class(group, group / "out")


def test_an_interrupt_keeps_what_is_graded(group: Path, tmp_path: Path) -> None:
    hand_in(group, "ada", "hangs")
    hand_in(group, "bob", "hangs")
    hand_in(group, "cy", "right")

    def interrupt(progress: Progress) -> None:
        if [*progress.doing.values()].count("no_lost_update") == 2:
            os.kill(os.getpid(), signal.SIGINT)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        grade_class(group, tmp_path / "out", on_change=interrupt)
    assert time.monotonic() - began < 60
    book = read(tmp_path / "out")
    kept = {name: [check.id for lab in row.labs.values() for check in lab.checks]
            for name, row in book.rows.items()}  # fmt: skip
    assert kept == {"ada": ["starts"], "bob": ["starts"], "cy": []} and not book.complete


@pytest.mark.parametrize(
    "name", ["a/b", "../x", "a\nb", "\u202etxt", ".hidden", "x" * 200, "", "e\u0301", "a~b", "-rf"]
)
def test_a_name_that_is_no_file_s(name: str) -> None:
    given = file_name(name)
    assert given != name and "/" not in given and given.isprintable() and len(given) < 100
    assert given != file_name(name + "x") and "~" in given


@pytest.mark.parametrize("name", ["ada", "Ada Lovelace", "müller_anna-3", "o'brien, c", "李雷"])
def test_a_plain_name_stays(name: str) -> None:
    assert file_name(name) == name


def test_names_that_would_act_in_a_table(group: Path, tmp_path: Path) -> None:
    for name in ("=1+1", "a\n\u202eb", "<b>x"):
        hand_in(group, name, "right")
    book = grade_class(group, tmp_path / "out")
    assert set(book.rows) == {"=1+1", "a\n\u202eb", "<b>x"}
    assert set(marks(tmp_path / "out")) == {"'=1+1", "a⏎�b", "<b>x"}
    assert "<b>x" not in (tmp_path / "out" / "index.html").read_text()
