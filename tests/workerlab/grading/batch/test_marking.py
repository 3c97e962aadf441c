"""Marks that are set by hand: over what was graded, with a reason, in every gradebook."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from workerlab.errors import BadUsage
from workerlab.grading.batch.book import HandedIn, Planned
from workerlab.grading.batch.by_hand import late_policy
from workerlab.grading.batch.folder import Folder
from workerlab.grading.batch.journal import Journal, read
from workerlab.grading.batch.marking import Wish, charge_late, mark
from workerlab.grading.gradebooks.exporting import export
from workerlab.grading.intake.people import Person
from workerlab.grading.result import FAILED, PASSED, CheckResult

LAB = "lab08_redis"
SECRET = "because of a letter from the dean"
TIMES = {"ada": "2026-11-01T20:00:00", "bob": "2026-11-02T00:30:00", "cy": "", "eve": ""}
ROSTER = (
    "Student,ID,SIS Login ID,Lab (1)\nAda,1,ada,\nBob,2,bob,\nCy,3,cy,\nEve,4,eve,7\nDan,5,dan,\n"
)


@pytest.fixture
def group(tmp_path: Path) -> Path:
    """Three students with 10, 6 and 10 of 10, and one who is refused."""
    out = tmp_path / "marks"
    plan = [Planned("starts", "It starts", 4.0), Planned("no_lost_update", "All count", 6.0)]
    with Journal(out) as journal:
        journal.begin({LAB: plan}, seed=1_234_567_891, isolation="not isolated")
        for student, submitted in TIMES.items():
            refused = "found eve.pdf" if student == "eve" else ""
            people = [asdict(Person(student.title(), f"{student}@example.edu"))]
            handed_in = HandedIn(platform="gradescope", people=people, submitted=submitted)
            journal.submission(student, f"/in/{student}", f"{student}0", refused, handed_in)
            if refused:
                continue
            lost = student == "bob"
            for check in plan:
                status = FAILED if lost and check.id != "starts" else PASSED
                points = check.max_points if status == PASSED else 0.0
                result = CheckResult(
                    check.id,
                    check.title,
                    status,
                    points,
                    check.max_points,
                    "it loses" if lost else "",
                )
                journal.check(student, LAB, result)
            journal.done(student, LAB, 1.0)
        pages = Folder(out, journal.book)
        for student in TIMES:
            pages.student(student)
        pages.whole()
    return out


def rows(out: Path) -> dict[str, tuple[str, str]]:
    with open(out / "grades.csv", encoding="utf-8", newline="") as file:
        return {row["student"]: (row["total"], row["status"]) for row in csv.DictReader(file)}


def exported(out: Path) -> dict[str, dict[str, str]]:
    """The points of each student in each gradebook."""
    found: dict[str, dict[str, str]] = {
        "csv": {},
        "gradescope": {},
        "classroom50": {},
        "canvas": {},
    }
    with export(out, "csv").paths[0].open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            points = float(row["points"] or "nan") + float(found["csv"].get(row["student"], 0))
            found["csv"][row["student"]] = f"{points:g}"
    for path in export(out, "gradescope").paths:
        found["gradescope"][path.parent.name] = f"{json.loads(path.read_text())['score']:g}"
    for path in export(out, "classroom50").paths:
        result = json.loads(path.read_text())
        found["classroom50"][path.parent.name] = f"{10 * result['score'] / result['max-score']:g}"
    roster = out.parent / "roster.csv"
    roster.write_text(ROSTER)
    with export(out, "canvas", roster=roster).paths[0].open(encoding="utf-8", newline="") as file:
        found["canvas"] = {row["SIS Login ID"]: row["Lab (1)"] for row in csv.DictReader(file)}
    return found


def everywhere(out: Path, student: str) -> set[str]:
    return {points.get(student, "nan") for points in exported(out).values()}


def set_(out: Path, student: str, *wishes: Wish) -> None:
    mark(out, student, wishes, SECRET)


def test_a_check_is_overridden(group: Path) -> None:
    before = (group / "journal.jsonl").read_bytes()
    set_(group, "bob", Wish("points", "5", check="no_lost_update"))
    assert rows(group)["bob"] == ("9", "failed") and everywhere(group, "bob") == {"9"}
    assert (group / "journal.jsonl").read_bytes().startswith(before)
    *_, line = (group / "journal.jsonl").read_text().splitlines()
    entry = json.loads(line)
    assert (entry["kind"], entry["student"], entry["because"]) == ("mark", "bob", SECRET)
    assert entry["at"].endswith("+00:00")
    page = (group / "students" / "bob.html").read_text()
    assert "5 of 6 points set by hand; before: it loses" in page and SECRET not in page
    result = json.loads((group / "results" / "bob.json").read_text())["labs"][0]["checks"][1]
    assert (result["points"], result["by_hand"], result["status"]) == (5.0, SECRET, "failed")
    assert SECRET in (group / "grades.csv").read_text()
    set_(group, "bob", Wish("points", "6", check="no_lost_update"))
    assert rows(group)["bob"] == ("10", "passed")
    assert read(group).rows["bob"].score == 4.0  # what was graded is still there


def test_no_gradebook_tells_the_reason(group: Path) -> None:
    set_(group, "bob", Wish("points", "5", check="no_lost_update"), Wish("points", "7"))
    for to in ("csv", "gradescope", "classroom50", "junit"):
        assert all(SECRET.encode() not in path.read_bytes() for path in export(group, to).paths)


@pytest.mark.parametrize("student", ["ada", "eve"])
def test_a_total_is_overridden_also_of_a_refused_one(group: Path, student: str) -> None:
    set_(group, student, Wish("points", "7.5"))
    assert rows(group)[student] == ("7.5", "by hand") and everywhere(group, student) == {"7.5"}
    set_(group, student, Wish("undo"))
    assert rows(group)[student] == {"ada": ("10", "passed"), "eve": ("", "refused")}[student]


def test_excused_and_withdrawn_have_no_mark_anywhere(group: Path) -> None:
    set_(group, "bob", Wish("excused"))
    set_(group, "cy", Wish("withdrawn"))
    assert (rows(group)["bob"], rows(group)["cy"]) == (("", "excused"), ("", "withdrawn"))
    found = exported(group)
    assert found["canvas"] == {"ada": "10", "bob": "EX", "cy": "", "eve": "7", "dan": ""}
    assert set(found["gradescope"]) == set(found["classroom50"]) == {"ada"}
    assert {found["csv"][name] for name in ("bob", "cy", "eve")} == {"nan"}
    page = (group / "index.html").read_text()
    assert '<s><a href="students/cy.html">cy</a></s> withdrawn' in page
    assert 'bob.html">bob</a> excused' in page and "1 student: median 10" in page


def test_a_group_has_a_row_for_each(group: Path) -> None:
    set_(group, "bob", Wish("with", "dan"))
    found = exported(group)
    assert {name: points.get("dan") for name, points in found.items()} == dict.fromkeys(found, "4")
    assert everywhere(group, "bob") == {"4"}
    with pytest.raises(BadUsage, match="submission of their own"):
        set_(group, "bob", Wish("with", "ada"))


def test_late_by_the_platforms_times(group: Path) -> None:
    charge_late(group, "10 % a day, at most 3", "2026-11-01T23:59", SECRET)
    assert rows(group)["bob"] == ("3.6", "failed") and everywhere(group, "bob") == {"3.6"}
    assert rows(group)["ada"] == ("10", "passed") and rows(group)["cy"] == ("10", "passed")
    assert "Handed in 1 day late: -0.4" in (group / "grades.csv").read_text()
    set_(group, "cy", Wish("submitted", "2026-11-20T00:00"))
    assert everywhere(group, "cy") == {"7"}  # three days at most
    set_(group, "bob", Wish("points", "6", check="no_lost_update"))
    assert everywhere(group, "bob") == {"9"}
    set_(group, "bob", Wish("points", "10"))
    assert everywhere(group, "bob") == {"10"}  # a total is what it is
    charge_late(group, "none", "", "a holiday")
    assert rows(group)["cy"] == ("10", "passed")


@pytest.mark.parametrize(
    ("policy", "due", "submitted", "share"),
    [
        ("10 % a day, at most 3", "2026-11-01T23:59", "2026-11-01T23:59:00", 0.0),
        ("10 % a day, at most 3", "2026-11-01T23:59", "2026-11-01T23:59:01", 0.1),
        ("10 % a day, at most 3", "2026-11-01T23:59", "2026-11-02T23:59:01", 0.2),
        ("10% per day", "2026-11-01T23:59", "2026-12-24", 1.0),
        ("2,5 % an hour", "x", "", None),
        ("2.5 % per hour, max 4 hours", "2026-11-01T12:00", "2026-11-01T13:30", 0.05),
        ("50 % a week, at most 1 week", "2026-11-01", "2026-11-30", 0.5),
        ("10 % a day", "2026-11-01T23:59+01:00", "2026-11-01T23:30:00+00:00", 0.1),
        ("10 % a day", "2026-11-01T23:59+01:00", "2026-11-01T22:30:00+00:00", 0.0),
        ("10 % a day", "2026-11-01T23:59+01:00", "2026-11-01T23:30:00", 0.0),
        ("10 % a day", "2026-11-01T23:59", "", 0.0),
    ],
)
def test_what_late_costs(policy: str, due: str, submitted: str, share: float | None) -> None:
    if share is None:
        with pytest.raises(BadUsage, match="cost"):
            late_policy(policy, due)
        return
    late = late_policy(policy, due)
    assert late.share(late.late(submitted)) == share


def test_a_submission_that_comes_anew_is_not_what_the_points_were_for(group: Path) -> None:
    set_(group, "ada", Wish("points", "3", check="starts"), Wish("with", "dan"))
    with Journal(group) as journal:
        journal.submission("ada", "/in/ada", "another", "", HandedIn())
    by_hand = read(group).rows["ada"].by_hand
    assert not by_hand.points and [*by_hand.members] == ["dan"]


@pytest.mark.parametrize(
    ("student", "wish", "told"),
    [
        ("zoe", Wish("excused"), "no row is called 'zoe'"),
        ("ada", Wish("points", "11"), "11 points are not between 0 and 10"),
        ("ada", Wish("points", "-1"), "not between"),
        ("ada", Wish("points", "nan"), "not between"),
        ("ada", Wish("points", "5", check="starts"), "not between 0 and 4"),
        ("ada", Wish("points", "5", check="lost"), "it is not clear in which lab"),
        ("ada", Wish("points", "5", lab="lab08", check="lost"), "has no check 'lost'"),
        ("ada", Wish("points", "5", lab="lab07"), "not clear in which lab"),
        ("ada", Wish("submitted", "tomorrow"), "'tomorrow' is no time"),
        ("ada", Wish("undo"), "nothing was set by hand"),
    ],
)
def test_what_is_wrong_changes_nothing(group: Path, student: str, wish: Wish, told: str) -> None:
    before = (group / "journal.jsonl").read_bytes()
    with pytest.raises(BadUsage) as caught:
        set_(group, student, wish)
    assert told in str(caught.value) and caught.value.advice
    assert (group / "journal.jsonl").read_bytes() == before


def test_a_platform_s_zone_needs_a_zone(group: Path) -> None:
    set_(group, "cy", Wish("submitted", "2026-11-02T10:00+00:00"))
    with pytest.raises(BadUsage, match="have a zone"):
        charge_late(group, "10 % a day", "2026-11-01T23:59", "x")
    charge_late(group, "10 % a day", "2026-11-01T23:59+00:00", "x")
    assert rows(group)["cy"][0] == "9"


def test_a_student_is_found_by_what_the_platform_says(group: Path) -> None:
    assert mark(group, "ada@example.edu", [Wish("excused")], "x").student == "ada"


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workerlab", "mark", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_the_command(group: Path) -> None:
    done = run(group, "bob", "--points", "5", "--check", "no_lost_update", "--because", "a typo")
    assert (done.returncode, done.stderr) == (0, "") and rows(group)["bob"][0] == "9"
    late = ["--late", "10 % a day, at most 3", "--due", "2026-11-01T23:59"]
    done = run(group, *late, "--because", "the syllabus")
    assert done.stdout == "1 late; 2 of 4 without a time, which cost nothing\n"
    for words in (
        [group, "bob", "--excused"],
        [group, "--excused", "--because", "x"],
        [group, *late[:2], "--because", "x"],
    ):
        done = run(*words)
        assert done.returncode == 2 and done.stderr.splitlines()[-1].startswith("  help: ")
