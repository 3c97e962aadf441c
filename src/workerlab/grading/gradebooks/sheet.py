"""CSV: one row for each student and check, for a spreadsheet or a script.

A text that begins like a formula (= + - @, a tab) gets an apostrophe in front, as spreadsheets
themselves write text: what a student wrote must not run in an instructor's spreadsheet.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from workerlab.grading.batch.by_hand import EXCUSED, WITHDRAWN
from workerlab.grading.gradebooks.common import Done, Marks, exact, plain, student_text, write

HEADER = ("student", "lab", "check", "title", "status", "points", "max_points", "message")
_WORDS = {EXCUSED: EXCUSED, WITHDRAWN: WITHDRAWN}
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def export(marks: list[Marks], out: Path) -> Done:
    """Write one file, UTF-8, in the form of RFC 4180. Points that are not known stay empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for one in marks:
        for lab in one.labs:
            for check in lab.checks:
                status = _WORDS.get(lab.refused, "refused") if lab.refused else check.status
                words = (one.student, lab.name, check.id, check.title, status)
                given = "" if lab.refused else plain(exact(check.points))
                points = given, plain(exact(check.max_points))
                message = student_text(check)
                writer.writerow([*map(as_text, words), *points, as_text(message)])
    return Done([write(out, text.getvalue().encode("utf-8", "surrogateescape"))])


def as_text(value: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(FORMULAS) else value
