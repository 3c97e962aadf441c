"""The common parts of all gradebooks: exact marks, text that a student may read, whole files.

Points are decimals, each check's rounded to a hundredth once, and every total is a sum of those:
so all gradebooks of a class agree to the last hundredth.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from workerlab.draw import evidence_text
from workerlab.draw.words import clean
from workerlab.errors import BadUsage
from workerlab.grading.batch.book import Book, HandedIn, Row
from workerlab.grading.batch.by_hand import EXCUSED, LATE, TOTAL
from workerlab.grading.batch.hidden import for_student
from workerlab.grading.result import FAILED, INCONCLUSIVE, NOT_GRADABLE, CheckResult, LabResult
from workerlab.grading.told import message_of

HUNDREDTH = Decimal("0.01")
LONGEST = 6_000  # characters of the text of one check


def exact(points: float) -> Decimal:
    """Points as a decimal with two places: 0.1 is 0.10, not 0.1000000000000000055."""
    return Decimal(repr(points)).quantize(HUNDREDTH, ROUND_HALF_UP)


def plain(points: Decimal) -> str:
    """As people write it, with a point in every locale: 7.5, 10, 0."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class LabMarks:
    """A student's marks in one lab, without texts that are hidden from students.

    `refused` says why the lab could not be graded, though something was handed in: then its points
    are not known, and nothing writes them as 0. `unsure` are the checks without a verdict.
    """

    result: LabResult
    refused: str = ""

    @property
    def name(self) -> str:
        return self.result.lab

    @property
    def checks(self) -> list[CheckResult]:
        """The checks, and lines for what else changes the total: their points sum up to it."""
        return self.result.checks

    @property
    def tests(self) -> list[CheckResult]:
        """The checks alone: no test has less than no points."""
        return [check for check in self.checks if check.id not in (TOTAL, LATE)]

    @property
    def lines(self) -> list[CheckResult]:
        """What else changes the total: a late hand-in, a total that was set by hand."""
        return [check for check in self.checks if check.id in (TOTAL, LATE)]

    @property
    def score(self) -> Decimal:
        return sum((exact(check.points) for check in self.checks), Decimal(0))

    @property
    def most(self) -> Decimal:
        return sum((exact(check.max_points) for check in self.checks), Decimal(0))

    @property
    def unsure(self) -> list[str]:
        if self.refused:
            return []
        unsure = (INCONCLUSIVE, NOT_GRADABLE)
        return [f"{self.name} {one.id}" for one in self.checks if one.status in unsure]


@dataclass(frozen=True)
class Marks:
    """A student's marks, lab by lab in the order of the plan."""

    student: str
    labs: list[LabMarks]
    digest: str = ""
    excused: bool = False
    handed_in: HandedIn = field(default_factory=HandedIn)

    @property
    def score(self) -> Decimal:
        return sum((lab.score for lab in self.labs), Decimal(0))

    @property
    def most(self) -> Decimal:
        return sum((lab.most for lab in self.labs), Decimal(0))

    @property
    def refused(self) -> str:
        """Why these points are not known; "" when they are."""
        return next((lab.refused for lab in self.labs if lab.refused), "")

    @property
    def seconds(self) -> float:
        return round(sum(lab.result.duration_s for lab in self.labs), 2)

    @property
    def unsure(self) -> list[str]:
        return [check for lab in self.labs for check in lab.unsure]


@dataclass
class Done:
    """The files of an export, and notes for its reader."""

    paths: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def marks_of(book: Book, labs: Iterable[str] = ()) -> list[Marks]:
    """All marks, by the student's name; in all the labs of the plan, or in those that are named.

    Raises BadUsage for an empty class and for a lab that it has not.
    """
    if not book.rows:
        advice = "name the folder that `workerlab grade --out` wrote"
        raise BadUsage("there is no graded class here", advice)
    chosen = labs_of(book, labs)
    return [one for _, row in sorted(book.rows.items()) for one in _marks(book, row, chosen)]


def labs_of(book: Book, labs: Iterable[str]) -> list[str]:
    """The labs that are named, or all. Raises BadUsage for one that the class has not."""
    return [_lab_named(book, name) for name in labs] or list(book.plan)


def _marks(book: Book, row: Row, labs: list[str]) -> list[Marks]:
    """A submission's marks: one of them for each student of a group."""
    shown = [
        LabMarks(for_student(book.lab_of(row, lab), book.seed), row.why_not(lab)) for lab in labs
    ]
    excused = row.by_hand.state == EXCUSED
    people = row.handed_in.people
    if len(people) > 1:
        alone = [replace(row.handed_in, people=[person]) for person in people]
        members = [(_called(one.people[0]) or row.student, one) for one in alone]
    else:
        members = [(row.student, row.handed_in)]
    members += [(name, HandedIn()) for name in row.by_hand.members]
    return [Marks(name, shown, row.digest, excused, who) for name, who in members]


def _called(person: Mapping[str, str]) -> str:
    """What a student of a group is called in a gradebook."""
    return person["email"] or person["name"] or person["id"]


def _lab_named(book: Book, name: str) -> str:
    """A lab by its name, or by the beginning of it: lab08 is lab08_redis."""
    known = [lab for lab in book.plan if lab == name or lab.startswith(f"{name}_")]
    if len(known) != 1:
        advice = f"choose from: {', '.join(book.plan)}"
        raise BadUsage(f"this class was not graded in {name!r}", advice)
    return known[0]


def known(marks: list[Marks], done: Done) -> list[Marks]:
    """The students whose points are known; the others are listed in the notes, and left out."""
    left_out = [one for one in marks if one.refused]
    done.notes += [f"left out: {one.student}: {one.refused}" for one in left_out]
    return [one for one in marks if not one.refused]


def student_text(check: CheckResult) -> str:
    """The student's text on a check: its message, and for a failure the schedule.

    Never `instructor_message`, no control characters; at most LONGEST characters. (The seed is
    gone from every check of a `Marks`.)
    """
    parts = [check.message]
    if check.status == FAILED and check.evidence:
        parts = [message_of(check), evidence_text(check.evidence)]
    text = "\n\n".join(part for part in parts if part)
    return "\n".join(clean(line) for line in text.split("\n"))[:LONGEST]


def json_bytes(data: object) -> bytes:
    """JSON that is the same bytes each time; in ASCII, so that any name survives it."""
    return (json.dumps(data, indent=1) + "\n").encode("ascii")


def write(path: Path, data: bytes) -> Path:
    """Write a file whole: a reader meanwhile has the old one or the new one.

    Raises BadUsage when the place cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data)
        os.replace(draft, path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        advice = "name a place that you may write: --out PATH"
        raise BadUsage(f"cannot write {path}: {error.strerror}", advice) from error
    return path
