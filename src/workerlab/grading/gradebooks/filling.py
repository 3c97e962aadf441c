"""Fill one column of an LMS's own export with the points of a class."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from workerlab.draw.words import counted
from workerlab.errors import BadUsage
from workerlab.grading.batch.by_hand import EXCUSED, WITHDRAWN
from workerlab.grading.gradebooks.common import Done, Marks, plain, write
from workerlab.grading.gradebooks.matching import match, names_of
from workerlab.grading.gradebooks.roster import Roster, read

_NUMBERED = re.compile(r" \(\d+\)$")  # Canvas: "Lab 08 (4711)"


@dataclass(frozen=True)
class Kind:
    """The particulars of an LMS: by which columns it identifies students, and which may be filled.

    fillable   the columns of a roster that hold the points of an assignment
    most       what the LMS takes as the most points in a row and a column, or "" if it is silent
    locked     why a cell must stay as it is, or ""
    excused    what the LMS writes for an excused student, or "" if it has no word
    decimals   the columns of numbers, which tell whether the file has decimal commas
    """

    name: str
    identifying: tuple[str, ...]
    fillable: Callable[[Roster], list[str]]
    most: Callable[[Roster, int, str], str]
    locked: Callable[[Roster, int, str], str]
    when_over: str
    excused: str = ""
    decimals: Callable[[Roster], list[str]] = lambda roster: []


@dataclass(frozen=True)
class Wish:
    """The reader's options: the file, the column if it was named, and how strict to be."""

    roster: Path | None
    out: Path
    column: str | None = None
    allow_unmatched: bool = False


def fill(kind: Kind, marks: list[Marks], wish: Wish) -> Done:
    """Write a copy of the roster in which one column holds all students' points.

    Raises BadUsage without a roster, when no column or more than one is in question, and when a
    submission has no row of its own (unless `allow_unmatched`).
    """
    if wish.roster is None:
        advice = f"export the gradebook from {kind.name} and name it: --roster FILE"
        raise BadUsage(f"{kind.name} takes back only its own file, with a column filled", advice)
    roster = read(wish.roster, kind.name, frozenset(kind.identifying))
    if wish.out.exists() and wish.out.samefile(wish.roster):
        raise BadUsage("the roster itself would be overwritten", "name another file: --out PATH")
    column = _column(kind, roster, marks, wish.column)
    also = {one.student: names_of(one.handed_in.platform, one.handed_in.people) for one in marks}
    matched = match([one.student for one in marks], roster, kind.identifying, also)
    if not wish.allow_unmatched:
        matched.must_be_whole()
    done = Done(
        notes=[f"not in {kind.name}: {student}: {why}" for student, why in matched.problems.items()]
    )
    over, filled = {}, 0
    comma = roster.has_decimal_commas(kind.decimals(roster))
    for one in marks:
        row = matched.rows.get(one.student)
        if row is None:
            continue
        if one.excused and kind.excused:
            roster.fill(row, column, kind.excused)
            filled += 1
            continue
        if why := _left(one) or kind.locked(roster, row, column):
            done.notes.append(f"left as it was: {one.student}: {why}")
            continue
        points = plain(one.score)
        roster.fill(row, column, points.replace(".", ",") if comma else points)
        filled += 1
        most = kind.most(roster, row, column)
        if most and _number(most) != one.most:
            over[most] = f"{kind.name} has {most} as the most of {column!r}, the class {one.most:f}"
    done.notes += [f"{text}: {kind.when_over}" for text in over.values()]
    done.notes.append(
        f"{counted(filled, 'row')} filled in column {column!r}; every other row is as it was"
    )
    done.paths.append(write(wish.out, roster.data()))
    return done


def _left(one: Marks) -> str:
    """Why a student's cell stays as it is, or ""."""
    if one.refused in (EXCUSED, WITHDRAWN, ""):
        return one.refused
    return f"refused: {one.refused}"


def _column(kind: Kind, roster: Roster, marks: list[Marks], named: str | None) -> str:
    """The column to fill: the one that is named, the only one, or the one called like the lab."""
    columns = kind.fillable(roster)
    wanted = {named} if named else {lab.name for lab in marks[0].labs}
    found = [one for one in columns if one in wanted or _NUMBERED.sub("", one) in wanted]
    if not found and not named:
        found = columns
    if len(found) == 1 and roster.header.count(found[0]) == 1:
        return found[0]
    which = f"no column to fill is called {named!r}" if named else "it is not clear what to fill"
    offer = " | ".join(columns) or f"none: make the assignment in {kind.name}, then export again"
    raise BadUsage(f"{roster.path}: {which}", f"--column NAME, one of: {offer}")


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
