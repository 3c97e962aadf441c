"""Moodle: the grading worksheet of an assignment, or an export of the gradebook, filled.

    worksheet   Assignment > Download grading worksheet: Identifier, Full name, Email address,
                Status, Grade, Maximum Grade, Grade can be changed, Last modified (grade), …
    export      Grades > Export > Plain text file: First name, Last name, ID number, …, and a
                column for each item, such as "Assignment: Lab 08 (Real)"

No column is added: Moodle refuses what it did not export itself. In a worksheet only "Grade" is
filled: to Moodle, feedback without its grade would be a grade that is taken away.
"""

from __future__ import annotations

from workerlab.grading.gradebooks.filling import Kind
from workerlab.grading.gradebooks.roster import Roster

WORKSHEET = {"Identifier", "Grade"}


def _items(roster: Roster) -> list[str]:
    if set(roster.header) >= WORKSHEET:
        return ["Grade"]
    return [name for name in roster.header if name.endswith(" (Real)") and ":" in name]


def _most(roster: Roster, row: int, column: str) -> str:
    return roster.value(row, "Maximum Grade") if column == "Grade" else ""


def _locked(roster: Roster, row: int, column: str) -> str:
    locked = roster.value(row, "Grade can be changed").strip().lower() == "no"
    return "Moodle says that its grade cannot be changed" if locked else ""


MOODLE = Kind(
    name="Moodle",
    identifying=(
        "Identifier",
        "ID number",
        "Email address",
        "Username",
        "Full name",
        "First name",
        "Last name",
        "Surname",
    ),
    fillable=_items,
    most=_most,
    locked=_locked,
    when_over="Moodle skips, without a word, a grade above its maximum",
)
