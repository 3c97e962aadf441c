"""Which row of a roster a submission belongs to. Never a guess: one row, or none.

A submission is called by what identifies a student in the LMS (an ID, a login, an e-mail
address, the full name), exactly; or as the LMS itself calls what it downloads:

    Moodle   Ada Lovelace_1234567_assignsubmission_file    the number of "Participant 1234567"
    Canvas   lovelaceada_12345_67890_lab08                 the number in the column ID

In a German worksheet it is "Teilnehmer/in1234567", and so on. Where the class's journal knows more
of a student (the platform's number, an e-mail address, a full name), that counts in this order.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from workerlab.errors import BadUsage
from workerlab.grading.gradebooks.roster import Roster
from workerlab.grading.intake.moodle_words import PARTICIPANT

FIRST_NAMES = ("First name", "FirstName", "Vorname", "Prénom", "Nombre")
LAST_NAMES = (
    "Last name",
    "Surname",
    "LastName",
    "Nachname",
    "Nom de famille",
    "Nom",
    "Apellido(s)",
)
MOST_LINES = 20  # of an error's details are shown
MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_[a-z]+_?.*")
CANVAS = re.compile(r"[^_]+(?:_LATE)?_(?P<id>\d+)_\d+_.*")
_QUOTED = re.compile(r'="(.*)"')  # how Canvas writes a name that begins with "="


@dataclass
class Matched:
    """The row of each student, and for each of the others why it has none."""

    rows: dict[str, int] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def must_be_whole(self) -> None:
        """Raise BadUsage, with all that are not matched, if there is one."""
        if self.problems:
            message = "\n".join(self._lines())
            advice = (
                "rename each to what the roster has (ID, login, e-mail or full name), in a copy "
                "of the submissions, and grade that; or --allow-unmatched writes the others"
            )
            count = len(self.problems)
            raise BadUsage(f"{count} not matched to a row of the roster", advice, message)

    def _lines(self) -> list[str]:
        """Every problem, in as many lines as an error shows."""
        lines = [f"{name}: {why}" for name, why in sorted(self.problems.items())]
        each = -(-len(lines) // MOST_LINES)
        return ["; ".join(lines[place : place + each]) for place in range(0, len(lines), each)]


def match(
    students: Iterable[str],
    roster: Roster,
    columns: Iterable[str],
    also: Mapping[str, Sequence[str]] | None = None,
) -> Matched:
    """Find the row of every student, by the columns that identify.

    also  further names of a student, the surest first; see `names_of`
    """
    known = _names(roster, list(columns))
    matched, taken = Matched(), defaultdict(list)
    for student in students:
        names = [student, *(also or {}).get(student, ())]
        sets = [known.get(_same(name), set()) for name in names]
        rows = next((one for one in sets if one), set()) or _downloaded(student, known)
        if len(rows) == 1:
            taken[next(iter(rows))].append(student)
        elif rows:
            numbers = ", ".join(str(row + 1) for row in sorted(rows))
            matched.problems[student] = f"fits more than one row: {numbers}"
        else:
            matched.problems[student] = "fits no row"
    for row, found in taken.items():
        if len(found) == 1:
            matched.rows[found[0]] = row
        else:
            for student in found:
                others = ", ".join(other for other in found if other != student)
                matched.problems[student] = f"fits row {row + 1}, and so does {others}"
    return matched


def names_of(platform: str, people: Sequence[Mapping[str, str]]) -> list[str]:
    """What the journal knows of one student, as `match` looks for it; nothing of a group."""
    if len(people) != 1:
        return []
    number, email, name = (people[0][key] for key in ("id", "email", "name"))
    as_written = {"moodle": f"Participant {number}", "canvas": f"ID {number}"}.get(platform, "")
    return [one for one in (as_written, email, name) if one]


def _downloaded(student: str, known: dict[str, set[int]]) -> set[int]:
    """The rows that an LMS's own name for a download stands for."""
    if found := MOODLE.fullmatch(student):
        return known.get(f"Participant {found['id']}", set()) or known.get(
            _same(found["name"]), set()
        )
    found = CANVAS.fullmatch(student)
    return known.get(f"ID {found['id']}", set()) if found else set()


def _names(roster: Roster, columns: list[str]) -> dict[str, set[int]]:
    """Everything that identifies a row, and the rows that it identifies."""
    names = defaultdict(set)
    for row in range(1, len(roster.values)):
        said = {column: roster.value(row, column) for column in columns}
        said = {column: value for column, value in said.items() if value}
        for name in {*said.values(), *_full_names(said)}:
            names[_same(name)].add(row)
        if number := said.get("ID"):
            names[f"ID {number}"].add(row)  # Canvas'; no other column has such a value
        for value in said.values():
            if participant := PARTICIPANT.fullmatch(value):
                names[f"Participant {participant['id']}"].add(row)
    return names


def _full_names(said: dict[str, str]) -> Iterable[str]:
    """The ways of writing a name that is there in parts, or last name first."""
    first = next((said[column] for column in FIRST_NAMES if said.get(column)), "")
    last = next((said[column] for column in LAST_NAMES if said.get(column)), "")
    if first and last:
        yield f"{first} {last}"
        yield f"{last}, {first}"
    student = said.get("Student", "")
    if quoted := _QUOTED.fullmatch(student):
        student = quoted[1]
        yield student
    last, comma, first = student.partition(", ")
    if comma:
        yield f"{first} {last}"


def _same(name: str) -> str:
    """The same signs, however a file system or a browser composed them."""
    return unicodedata.normalize("NFC", name)
