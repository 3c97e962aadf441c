"""Canvas: the gradebook that it exports, with the column of one assignment filled.

    canvas-lms, lib/gradebook_exporter.rb: the header; a row of posting policies if there is a
    manual one; the row "    Points Possible"; then a row for each student

An assignment's column is called "Title (number)". A student who is excused ("EX") stays so.
"""

from __future__ import annotations

import re

from workerlab.grading.gradebooks.filling import Kind
from workerlab.grading.gradebooks.roster import Roster

POINTS_POSSIBLE = "Points Possible"
_ASSIGNMENT = re.compile(r".* \(\d+\)")


def _assignments(roster: Roster) -> list[str]:
    return [name for name in roster.header if _ASSIGNMENT.fullmatch(name)]


def _most(roster: Roster, row: int, column: str) -> str:
    for number, values in enumerate(roster.values[:4]):
        if values[0].strip() == POINTS_POSSIBLE:
            return roster.value(number, column)
    return ""


def _locked(roster: Roster, row: int, column: str) -> str:
    excused = roster.value(row, column).strip().upper() == "EX"
    return "excused in Canvas (EX)" if excused else ""


CANVAS = Kind(
    name="Canvas",
    identifying=(
        "ID",
        "SIS User ID",
        "SIS Login ID",
        "Integration ID",
        "Student",
        "FirstName",
        "LastName",
    ),
    fillable=_assignments,
    most=_most,
    locked=_locked,
    when_over="the points are written as they are",
    excused="EX",
)
