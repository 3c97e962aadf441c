"""Whose a submission is, as learning platforms write it into the names of what they pack.

Moodle       Ada Lovelace_1234567_assignsubmission_file   (a folder, or _file_app.py)
Canvas       lovelaceada_LATE_12345_67890_app.py          (the user's ID, the file's ID)
Blackboard   Lab 08_ada_attempt_2026-11-01-12-30-00_app.py
Brightspace  12345-67890 - Ada Lovelace - Nov 1, 2026 1230 PM
Gradescope   submission_298112233                         (see `metadata`)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)")
CANVAS = re.compile(
    r"(?P<name>[^_]+)(?P<late>_LATE)?_(?P<id>\d+)_"
    r"(?P<attachment>\d+|text|link)(?:_(?P<file>.+)|\.html)"
)
BLACKBOARD = re.compile(
    r"(?P<lab>.+)_(?P<id>[^_]+)_attempt_(?P<at>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)"
)
BRIGHTSPACE = re.compile(
    r"(?P<id>\d+-(?P<user>\d+)) - (?P<name>.+) - "
    r"(?P<at>[A-Z][a-z]+ \d{1,2}, \d{4} \d{3,4} [AP]M)"
)
RECEIPT = "receipt.txt"  # what Blackboard writes beside a student's files
GRADESCOPE = re.compile(r"submission_(?P<id>\d+)")


@dataclass(frozen=True)
class Person:
    """A student as the platform knows them; what it does not say is ""."""

    name: str = ""
    email: str = ""
    id: str = ""


@dataclass(frozen=True)
class Sender:
    """Who sent something, and when.

    student    the name of the row: stays the same when a student hands in again
    platform   "moodle", "canvas", "blackboard", "brightspace", "gradescope", or ""
    people     one student, or all of a group
    submitted  the platform's time, as in ISO 8601, or ""
    late       whether the platform marked it as late
    file       what the student called this file, or "" where the place is a whole submission
    """

    student: str
    platform: str = ""
    people: tuple[Person, ...] = ()
    submitted: str = ""
    late: bool = False
    file: str = ""


def sender_of(name: str) -> Sender | None:
    """Who a name says it is from; None when no platform made it.

    >>> sender_of("lovelaceada_LATE_12345_67890_app.py").student
    'lovelaceada_12345'
    """
    if found := MOODLE.fullmatch(name):
        who = Sender(f"{found['name']}_{found['id']}", "moodle")
        return replace(who, people=(Person(found["name"], id=found["id"]),), file=found["file"])
    if found := BLACKBOARD.fullmatch(name):
        at = _time(found["at"], "%Y-%m-%d-%H-%M-%S")
        person, file = Person(id=found["id"]), found["file"] or RECEIPT
        return Sender(found["id"], "blackboard", (person,), at, file=file)
    if found := CANVAS.fullmatch(name):
        file = found["file"] or f"{found['attachment']}.html"
        person = Person(id=found["id"])
        return Sender(
            f"{found['name']}_{found['id']}", "canvas", (person,), "", bool(found["late"]), file
        )
    if found := BRIGHTSPACE.fullmatch(name):
        person = Person(found["name"], id=found["id"])
        day, clock, half = found["at"].rsplit(" ", 2)
        at = _time(f"{day} {clock.zfill(4)} {half}", "%b %d, %Y %I%M %p")
        return Sender(f"{found['name']}_{found['user']}", "brightspace", (person,), at)
    if found := GRADESCOPE.fullmatch(name):
        return Sender(name, "gradescope")
    return None


def _time(text: str, form: str) -> str:
    """A time without a zone, as the platform writes it, in ISO 8601; "" when it is none."""
    try:
        return datetime.strptime(text, form).isoformat()  # noqa: DTZ007
    except ValueError:
        return ""
