"""Moodle: the grading worksheet of an assignment, or an export of the gradebook, filled.

    worksheet   Assignment > Download grading worksheet: Identifier, Full name, Email address,
                Status, Grade, Maximum Grade, Grade can be changed, Last modified (grade), …
    export      Grades > Export > Plain text file: First name, Last name, ID number, …, and a
                column for each item, such as "Assignment: Lab 08 (Real)"

No column is added: Moodle refuses what it did not export itself. In a worksheet only "Grade" is
filled: to Moodle, feedback without its grade would be a grade that is taken away.
"""

from __future__ import annotations

import re

from workerlab.grading.gradebooks.filling import Kind
from workerlab.grading.gradebooks.roster import Roster
from workerlab.grading.intake.moodle_words import LANGUAGES, Words

ITEM = re.compile(rf".*:.* \((?:{'|'.join(sorted({one.real for one in LANGUAGES}))})\)", re.DOTALL)


def _worksheet(roster: Roster) -> Words | None:
    """The language of a worksheet; None for an export of the gradebook."""
    header = {*roster.header}
    return next((one for one in LANGUAGES if header >= {one.identifier, one.grade}), None)


def _items(roster: Roster) -> list[str]:
    if words := _worksheet(roster):
        return [words.grade]
    return [name for name in roster.header if ITEM.fullmatch(name)]


def _most(roster: Roster, row: int, column: str) -> str:
    words = _worksheet(roster)
    named = words.most if words else ()
    return next((most for name in named if (most := roster.value(row, name))), "")


def _locked(roster: Roster, row: int, column: str) -> str:
    words = _worksheet(roster)
    locked = words and roster.value(row, words.changeable).strip().lower() == words.no
    return "Moodle says that its grade cannot be changed" if locked else ""


MOODLE = Kind(
    name="Moodle",
    identifying=tuple(
        dict.fromkeys(name for one in LANGUAGES for name in (one.identifier, *one.identifying))
    ),
    fillable=_items,
    most=_most,
    locked=_locked,
    when_over="Moodle skips, without a word, a grade above its maximum",
    decimals=lambda roster: [
        *_items(roster),
        *(name for one in LANGUAGES for name in one.most if name in roster.header),
    ],
)
