"""Setting marks by hand: each change is a line of the journal, with its reason and its time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from workerlab.errors import BadUsage
from workerlab.grading.batch.book import Book, Row
from workerlab.grading.batch.by_hand import UNDO, ByHand, late_policy, when
from workerlab.grading.batch.folder import Folder
from workerlab.grading.batch.journal import Journal, read
from workerlab.grading.batch.runner import alone

NO_POLICY = "none"


@dataclass(frozen=True)
class Wish:
    """What to set for a student.

    what    "points", "excused", "withdrawn", "with", "submitted" or "undo"
    value   the points, the member's name, or the time; else ""
    lab     for points: the lab, where the class has several
    check   for points: the check, or "" for the whole lab
    """

    what: str
    value: str = ""
    lab: str = ""
    check: str = ""


def mark(out: Path, student: str, wishes: Iterable[Wish], because: str) -> Row:
    """Set something for one student of the class in `out`. Returns the row as it is now.

    Raises BadUsage when there is no such student, lab or check, or nothing is left to change.
    """
    _must_be_a_reason(because)
    if not read(out).rows:
        raise BadUsage(
            f"there is no graded class in {out}", "name what `workerlab grade --out` wrote"
        )
    with alone(out), Journal(out) as journal:
        name = _student(journal.book, student)
        whole = [_checked(journal.book, name, wish) for wish in wishes]
        if not whole:
            raise BadUsage("what is to be set?", "see: workerlab mark --help")
        for wish in whole:
            entry = {"what": wish.what, "value": wish.value, "lab": wish.lab, "check": wish.check}
            journal.write("mark", student=name, **entry, because=because.strip(), at=_now())
        _draw(out, journal.book, [name])
        return journal.book.rows[name]


def charge_late(out: Path, policy: str, due: str, because: str) -> Book:
    """Set what handing in late costs the class in `out`; the policy "none" takes it back.

    Raises BadUsage for a policy or a time that cannot be read, and when a platform's times have a
    zone and `due` has none.
    """
    _must_be_a_reason(because)
    if policy == NO_POLICY:
        policy, due = "", ""
    else:
        late = late_policy(policy, due)
        zoned = [row.student for row in read(out).rows.values() if _has_zone(row.submitted)]
        if zoned and late.due.tzinfo is None:
            advice = "give it with its zone, such as 2026-11-01T23:59+01:00"
            raise BadUsage(
                f"the platform's times have a zone ({zoned[0]}), and --due has none", advice
            )
    if not read(out).rows:
        raise BadUsage(
            f"there is no graded class in {out}", "name what `workerlab grade --out` wrote"
        )
    with alone(out), Journal(out) as journal:
        journal.write("late", policy=policy, due=due, because=because.strip(), at=_now())
        _draw(out, journal.book, journal.book.rows)
        return journal.book


def _must_be_a_reason(because: str) -> None:
    if not because.strip():
        raise BadUsage("a mark by hand needs a reason", 'say it: --because "talked it over"')


def _student(book: Book, student: str) -> str:
    """The name of a row: exactly, or that of the one person whom the platform calls so."""
    if student in book.rows:
        return student
    called = [
        name
        for name, row in book.rows.items()
        if any(student in one.values() for one in row.handed_in.people)
    ]
    if len(called) != 1:
        many = "more than one row is" if called else "no row is"
        raise BadUsage(f"{many} called {student!r}", "name the row as grades.csv does")
    return called[0]


def _checked(book: Book, student: str, wish: Wish) -> Wish:
    """The same, whole: with its lab, its points in range and its time readable."""
    match wish.what:
        case "points":
            return _points(book, wish)
        case "submitted":
            when(wish.value)
        case "with" if wish.value in book.rows:
            advice = (
                f"withdraw that row first, or leave it: workerlab mark DIR {wish.value} --withdrawn"
            )
            raise BadUsage(f"{wish.value!r} has a submission of their own", advice)
        case what if what == UNDO and book.rows[student].by_hand == ByHand():
            raise BadUsage(
                f"nothing was set by hand for {student!r}", "see `mark` lines in the journal"
            )
    return wish


def _points(book: Book, wish: Wish) -> Wish:
    labs = [lab for lab in book.plan if wish.lab in ("", lab) or lab.startswith(f"{wish.lab}_")]
    if wish.check and not wish.lab:
        labs = [lab for lab in labs if any(one.id == wish.check for one in book.plan[lab])]
    if len(labs) != 1:
        advice = f"name one with --lab: {', '.join(book.plan)}"
        raise BadUsage("it is not clear in which lab", advice)
    ids = {one.id: one.max_points for one in book.plan[labs[0]]}
    if wish.check and wish.check not in ids:
        raise BadUsage(f"{labs[0]} has no check {wish.check!r}", f"choose from: {', '.join(ids)}")
    most = ids[wish.check] if wish.check else round(sum(ids.values()), 2)
    if not 0 <= float(wish.value) <= most:
        raise BadUsage(f"{wish.value} points are not between 0 and {most:g}", "give another number")
    return Wish("points", wish.value, labs[0], wish.check)


def _has_zone(submitted: str) -> bool:
    return bool(submitted) and when(submitted).tzinfo is not None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _draw(out: Path, book: Book, students: Iterable[str]) -> None:
    pages = Folder(out, book)
    for student in students:
        pages.student(student)
    pages.whole()
