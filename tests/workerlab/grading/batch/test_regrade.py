"""A class is graded again: only what has changed runs, and nothing counts before it was seen."""

from __future__ import annotations

import json
import os
import pty
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from workerlab.errors import BadUsage
from workerlab.grading.api import MARK
from workerlab.grading.batch.changes import Regrade
from workerlab.grading.batch.grading import Job
from workerlab.grading.batch.journal import read
from workerlab.grading.batch.marking import Wish, mark
from workerlab.grading.batch.regrade import TRIAL, regrade_class
from workerlab.grading.batch.runner import grade_class
from workerlab.grading.manifest import find
from workerlab.grading.plugin import judged
from workerlab.grading.result import CheckResult

LAB = "lab50_small"
CHECKS = """
import os

from workerlab.grading import check

THREE = ("one?", "two", "three")


def word(submission, name):
    with open({begun!r}, "a") as file:
        file.write(name + "\\n")
    return (submission / "app.py").read_text()


@check("starts", title="It starts", points=1, hints=THREE)
def test_starts(submission):
    assert "app" in word(submission, "starts")


@check("strict", title="It is strict", points=2, hints=THREE)
def test_strict(submission):
    assert "strict" in word(submission, "strict"), "it is not strict"


@check("last", title="The last", points=1, hints=THREE)
def test_last(submission):
    assert word(submission, "last")
"""
APPS = {"ada": "app strict", "bob": "app exact", "cy": "app", "di": "strict"}


class Here:
    """Grades a job in this process, in no time."""

    def __init__(self, job: Job, **more: object) -> None:
        self.job = job

    def run(self, keep: Callable[[CheckResult], None], started: Callable[[str], None]) -> float:
        lab = find(self.job.lab)
        names = runpy.run_path(str(lab.tests))
        tests = {getattr(test, MARK).id: test for test in names.values() if hasattr(test, MARK)}
        for check in self.job.checks:
            error = None
            try:
                tests[check.id](self.job.source / lab.name)
            except AssertionError as caught:
                error = caught
            keep(judged(getattr(tests[check.id], MARK), error))
        return 1.0


@pytest.fixture
def group(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A class that is graded to its end; its folder of marks."""
    seen = tmp_path / "seen"
    seen.mkdir()
    monkeypatch.setenv("WORKERLAB_CELL_FOLDER", str(seen))
    checks(repository).write_text(CHECKS.format(begun=str(seen / "begun")))
    for student, text in APPS.items():
        (tmp_path / "in" / student).mkdir(parents=True)
        (tmp_path / "in" / student / "app.py").write_text(text)
    (tmp_path / "in" / "eve.pdf").write_bytes(b"%PDF")
    grade_class(tmp_path / "in", tmp_path / "out", labs=[LAB], grading_process=Here)
    (seen / "begun").write_text("")
    return tmp_path / "out"


def checks(repository: Path) -> Path:
    return repository / "tests" / "labs" / f"test_{LAB}.py"


def change(group: Path, *pairs: tuple[str, str]) -> None:
    """Change the text of the checks."""
    file = checks(group.parent / "repository")
    text = file.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)


def begun(group: Path) -> list[str]:
    """The checks that have begun, one for each submission that each ran on."""
    return (group.parent / "seen" / "begun").read_text().split()


def files(group: Path) -> dict[str, bytes]:
    paths = [path for name in ("students", "results") for path in (group / name).iterdir()]
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in paths}


def run_again(group: Path, says: bool = True, **more: object) -> Regrade:
    return regrade_class(
        group, because="too strict", decide=lambda found: says, grading_process=Here, **more
    )


MILDER = ('"strict" in word(submission, "strict")', '"x" in word(submission, "strict")')


def test_only_what_has_changed_runs_and_only_who_is_touched_changes(group: Path) -> None:
    before, journal = files(group), (group / "journal.jsonl").read_bytes()
    rows = (group / "grades.csv").read_text().splitlines()
    change(group, MILDER)  # now bob is right, and ada and di are wrong
    seen: list[Regrade] = []

    def look(found: Regrade) -> bool:
        assert files(group) == before and (group / "journal.jsonl").read_bytes() == journal
        seen.append(found)
        return True

    found = regrade_class(group, because="too strict", decide=look, grading_process=Here)
    assert begun(group) == ["strict"] * 4 and seen == [found] and found.written
    assert {one.student: (one.before, one.after) for one in found.changes} == {
        "ada": (4.0, 2.0),
        "bob": (2.0, 4.0),
        "di": (3.0, 1.0),
    }
    assert found.changes[1].checks == [("strict", "failed 0/2", "passed 2/2")]
    assert found.ran == {LAB: ["strict"]} and found.unchanged == 2
    after = files(group)
    same = {name for name in before if before[name] == after[name]}
    assert same == {
        "students/cy.html",
        "results/cy.json",
        "students/eve.pdf.html",
        "results/eve.pdf.json",
    }
    now = (group / "grades.csv").read_text().splitlines()
    assert [line for line in now if line in rows] == [
        rows[0],
        *(r for r in rows if r[:2] in ("cy", "ev")),
    ]
    assert (group / "journal.jsonl").read_bytes().startswith(journal)  # what counted is still there
    *_, last = (group / "journal.jsonl").read_text().splitlines()
    entry = json.loads(last)
    assert entry["kind"] == "regrade" and entry["because"] == "too strict"
    assert read(group).rows["bob"].score == 4.0 and not (group / TRIAL).exists()
    grade_class(group.parent / "in", group)  # goes on with the new checks: there is nothing to do
    assert len(begun(group)) == 4


def test_what_was_set_by_hand_stays_over_it(group: Path) -> None:
    mark(group, "bob", [Wish("points", "1", check="strict")], "half of it")
    mark(group, "ada", [Wish("points", "3")], "on paper")
    change(group, MILDER)
    found = run_again(group)
    assert {one.student: (one.before, one.after) for one in found.changes} == {
        "ada": (3.0, 3.0),
        "bob": (3.0, 3.0),
        "di": (3.0, 1.0),
    }
    book = read(group)
    assert (book.score(book.rows["ada"]), book.rows["ada"].score) == (3.0, 2.0)
    assert book.score(book.rows["bob"]) == 3.0


def test_no_means_that_nothing_counts_and_nothing_is_lost(group: Path) -> None:
    before, journal = files(group), (group / "journal.jsonl").read_bytes()
    change(group, MILDER)
    found = run_again(group, says=False)
    assert not found.written and len(begun(group)) == 4
    assert files(group) == before and (group / "journal.jsonl").read_bytes() == journal
    with pytest.raises(BadUsage, match="checks have changed"):
        grade_class(group.parent / "in", group, grading_process=Here)
    assert run_again(group).changes == found.changes and len(begun(group)) == 4  # none ran again


def test_a_title_or_points_alone_run_nothing(group: Path) -> None:
    change(group, ('title="It is strict", points=2', 'title="It is exact", points=4'))
    found = run_again(group)
    assert begun(group) == [] and found.renamed == {LAB: ["strict"]} and found.written
    book = read(group)
    assert (book.rows["ada"].score, book.rows["bob"].score, book.max_score) == (6.0, 2.0, 6.0)
    assert "It is exact" in (group / "students" / "ada.html").read_text()
    assert not run_again(group).changed and begun(group) == []


def test_a_check_that_is_new_and_one_that_is_gone(group: Path) -> None:
    change(
        group, ('@check("last", title="The last", points=1', '@check("more", title="M", points=3')
    )
    found = run_again(group)
    assert begun(group) == ["last"] * 4 and (found.ran, found.gone) == (
        {LAB: ["more"]},
        {LAB: ["last"]},
    )
    assert [check.id for check in read(group).rows["ada"].labs[LAB].checks] == [
        "starts",
        "strict",
        "more",
    ]
    assert read(group).rows["ada"].score == 6.0


def test_a_check_can_be_named(group: Path) -> None:
    found = run_again(group, also=["last"])
    assert begun(group) == ["last"] * 4 and not found.changed and found.unchanged == 5
    with pytest.raises(BadUsage, match="no check 'lost'"):
        run_again(group, also=["lost"])


def test_it_goes_on_where_it_was(group: Path) -> None:
    """Killed when two were done: what has a result, of these and of others, is not run again."""
    change(group, MILDER)
    run_again(group, says=False)
    trial = group / TRIAL / "journal.jsonl"
    lines = trial.read_bytes().splitlines(keepends=True)
    kept, done = [], 0
    for line in lines:
        done += b'"kind": "done"' in line
        kept.append(line)
        if done == 2:
            break
    trial.write_bytes(b"".join(kept) + b'{"kind": "che')
    found = run_again(group)
    results = sum(b'"kind": "check"' in line for line in kept)
    assert results >= 2
    assert len(begun(group)) == 4 + (4 - results) and len(found.changes) == 3 and found.written


def test_killed_before_its_pages_were_drawn(group: Path) -> None:
    change(group, MILDER)
    run_again(group, says=False)
    trial = (group / TRIAL / "journal.jsonl").read_bytes()
    run_again(group)
    right = files(group)
    (group / "students" / "bob.html").write_text("as before")
    (group / TRIAL).mkdir()
    (group / TRIAL / "journal.jsonl").write_bytes(trial)
    assert not run_again(group).changed and files(group) == right and not (group / TRIAL).exists()


def test_what_is_not_stored_as_it_was_graded(group: Path) -> None:
    change(group, MILDER)
    (stored,) = (group / "submissions" / "bob").iterdir()
    (stored / LAB / "app.py").write_text("app x")
    with pytest.raises(BadUsage, match="not stored as they were graded: bob"):
        run_again(group)
    assert begun(group) == []


def test_there_is_no_regrade_without_a_reason_or_a_class(group: Path, tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="needs a reason"):
        regrade_class(group, because=" ", decide=lambda found: True)
    with pytest.raises(BadUsage, match="no graded class"):
        regrade_class(tmp_path / "nowhere", because="x", decide=lambda found: True)
    assert not (tmp_path / "nowhere").exists()


def command(group: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "workerlab", "regrade", str(group), "--because", "why", *words]


@pytest.mark.further
def test_the_command_in_a_pipe(group: Path) -> None:
    change(group, MILDER)
    done = subprocess.run(
        command(group), capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 1 and "nothing is written" in done.stdout
    assert f"ran again: {LAB} strict" in done.stdout
    assert "1 gain, 2 lose; 2 students unchanged" in done.stdout
    assert "strict: failed 0/2 -> passed 2/2" in done.stdout
    done = subprocess.run(command(group, "--yes"), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "it counts now" in done.stdout and len(begun(group)) == 4
    done = subprocess.run(command(group, "--yes"), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "nothing to change" in done.stdout


def test_the_command_asks(group: Path) -> None:
    change(group, MILDER)
    run_again(group, says=False)
    assert asked(group, b"n\n") == 1 and read(group).rows["bob"].score == 2.0
    assert asked(group, b"y\n") == 0 and read(group).rows["bob"].score == 4.0


def asked(group: Path, said: bytes) -> int:
    """The command on a terminal, with an answer to its question; its exit status."""
    master, terminal = pty.openpty()
    env = {**os.environ, "COLUMNS": "100", "TERM": "xterm"}
    env.pop("JPY_PARENT_PID", None)
    with subprocess.Popen(
        command(group), stdin=terminal, stdout=terminal, stderr=terminal, env=env
    ) as process:
        os.close(terminal)
        shown, told = b"", False
        try:
            while data := os.read(master, 4096):
                shown += data
                if b"Shall this count?" in shown and not told:
                    told = True
                    os.write(master, said)
        except OSError:  # how Linux reports that no process holds the terminal any more
            pass
        os.close(master)
    assert told
    return process.returncode
