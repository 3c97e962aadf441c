"""A class by fault: who is in which group, and what the two pages say of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from workerlab.grading.batch.book import Book, HandedIn, Planned, Row
from workerlab.grading.batch.faults import Fault, fault_of, groups_of
from workerlab.grading.batch.folder import Folder
from workerlab.grading.batch.lesson import lesson, separation
from workerlab.grading.result import FAILED, PASSED, CheckResult, LabResult

LAB = "lab08_redis"
PLAN = [
    Planned("follows_the_contract", "It follows the contract", 2.0),
    Planned("no_lost_update", "All count", 3.0),
]
SEED = 1_234_567_891


def step(task: str, **what: str) -> dict[str, object]:
    words = {"file": "app.py", "line": 3, "source": "await r.get()", "worker": 7}
    return {"task": task, "kind": "call", **words, **what}


def lost(*who: str, extra: int = 0) -> dict[str, object]:
    """Evidence of a lost update in which first all of these read, and then all of them write."""
    steps = [step(task, read="0") for task in who] + [step(task, wrote="1") for task in who]
    steps += [step(who[-1])] * extra
    return {"anomaly": "lost update", "steps": steps, "seed": SEED, "schedule": []}


def result(check: Planned, message: str = "", evidence: dict[str, object] | None = None):
    status = FAILED if message else PASSED
    points = 0.0 if message else check.max_points
    return CheckResult(
        check.id, check.title, status, points, check.max_points, message, evidence=evidence
    )


def row(student: str, contract: str = "", race: dict[str, object] | None = None, section: str = ""):
    checks = [
        result(PLAN[0], contract),
        result(PLAN[1], f"one increment was lost with seed {SEED}" if race else "", race),
    ]
    lab = LabResult(LAB, checks, 5.0)
    return Row(
        student,
        student,
        digest=student,
        handed_in=HandedIn(section=section),
        labs={LAB: lab},
        done={LAB},
    )


@pytest.fixture
def book() -> Book:
    rows = [
        row("ada", section="A"),
        row("bob", race=lost("A", "B"), section="A"),
        row("cy", race=lost("B", "A", extra=2), section="B"),
        row("di", race=lost("A", "B", "C"), section="B"),
        row("eve", contract="POST /increment was answered 201, not 200", section="B"),
        row("flo", contract="POST /increment was answered 404, not 200", race=lost("A", "B")),
    ]
    return Book(SEED, "alone", {LAB: PLAN}, {one.student: one for one in rows})


def test_a_fault_is_the_first_failed_check_its_kind_and_its_shape(book: Book) -> None:
    labs = {student: one.labs[LAB] for student, one in book.rows.items()}
    assert fault_of(labs["ada"]) is None
    shape = "A read, B read, A wrote, B wrote"
    signs = frozenset({("no_lost_update", "lost update")})
    assert fault_of(labs["bob"]) == Fault(LAB, "no_lost_update", "lost update", shape, signs)
    assert fault_of(labs["cy"]) == fault_of(labs["bob"]), "the names of the requests are nothing"
    contract = "POST /increment was answered …, not …"
    flo = fault_of(labs["flo"])
    assert flo and (flo.check, flo.kind, flo.shape) == ("follows_the_contract", contract, "")
    assert flo.signs == signs | {("follows_the_contract", contract)}


def test_the_groups_are_by_what_failed_and_show_the_usual_shape_shortly(book: Book) -> None:
    races, contract, both = groups_of(book)
    assert races.students == ["bob", "cy", "di"] and contract.students == ["eve"]
    assert (both.students, both.others) == (["flo"], 1)
    assert races.shapes.most_common(1)[0][1] == 2 and len(races.shapes) == 2
    assert races.example is book.rows["bob"].labs[LAB].checks[1], "it has the fewest steps"
    book.rows["bob"].by_hand.state = "withdrawn"
    assert ["cy", "di"] in [group.students for group in groups_of(book)]


def test_the_summary_names_them_and_the_lesson_does_not(book: Book, tmp_path: Path) -> None:
    Folder(tmp_path, book).whole()
    summary, shown = (tmp_path / "index.html").read_text(), (tmp_path / "lesson.html").read_text()
    for page in (summary, shown):
        assert "3 students: All count: lost update" in page and page.count("<figure") >= 1
        assert "1 student: It follows the contract" in page and "and 1 more check" in page
        assert "2 shapes of schedules" in page
    assert 'href="students/bob.html">bob</a> (A)' in summary and "Sections side by side" in summary
    for student in book.rows:
        assert f">{student}<" not in shown and f"students/{student}" not in shown
    assert str(SEED) not in shown and "with seed …" in shown


def test_sections_stand_side_by_side(book: Book, tmp_path: Path) -> None:
    Folder(tmp_path, book).whole()
    table = (tmp_path / "index.html").read_text().partition("Sections side by side")[2]
    assert "A (2)" in table and "B (3)" in table and "no section (1)" in table
    cells = table.partition("no_lost_update")[2].partition("</tr>")[0]
    assert cells.count("%") == 3 and "50%" in cells and "33%" in cells and "0%" in cells


def test_how_well_a_check_separates(book: Book) -> None:
    done = [*book.rows.values()]
    alike = separation(book, LAB, "no_lost_update", done)
    assert alike is not None and -1 <= alike < 0, "who fails the contract passes the race, mostly"
    assert separation(book, LAB, "no_lost_update", done[:3]) is None
    assert separation(book, LAB, "no_lost_update", [done[0]] * 5) is None, "all have the same"


def test_a_class_without_a_fault_has_no_group() -> None:
    book = Book(SEED, "alone", {LAB: PLAN}, {"ada": row("ada")})
    assert groups_of(book) == [] and "Nobody's check has failed" in lesson(book)
