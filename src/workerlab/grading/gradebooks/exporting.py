"""One journal, every gradebook: `export(folder, "canvas", roster=...)`."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from workerlab.draw.words import counted
from workerlab.errors import BadUsage
from workerlab.grading.batch.journal import read
from workerlab.grading.gradebooks import classroom50, feedback, gradescope, junit, sheet
from workerlab.grading.gradebooks.canvas import CANVAS
from workerlab.grading.gradebooks.common import Done, Marks, labs_of, marks_of
from workerlab.grading.gradebooks.filling import Wish, fill
from workerlab.grading.gradebooks.moodle import MOODLE

PLACES = {  # where each is written, below the class's own folder, unless `out` says otherwise
    "gradescope": "gradescope",
    "classroom50": "classroom50",
    "canvas": "canvas.csv",
    "moodle": "moodle.csv",
    "junit": "junit.xml",
    "csv": "checks.csv",
    "feedback": "feedback",
}


def export(
    folder: Path,
    to: str,
    *,
    labs: Collection[str] = (),
    roster: Path | None = None,
    column: str | None = None,
    out: Path | None = None,
    allow_unmatched: bool = False,
) -> Done:
    """Write the gradebook `to` (a key of PLACES) of the class in `folder`.

    labs              the labs that count; all when none is named
    roster, column    the LMS's own export, and which column of it to fill (canvas, moodle)
    out               where to; a folder for gradescope, classroom50 and feedback, else a file
    allow_unmatched   write the others when a submission has no row in the roster

    Returns the written files and notes for their reader. Raises BadUsage.
    """
    if to not in PLACES:
        raise BadUsage(f"there is no gradebook {to!r}", f"choose one of: {', '.join(PLACES)}")
    if to not in ("canvas", "moodle") and (roster or column or allow_unmatched):
        advice = f"leave out --roster, --column and --allow-unmatched with --to {to}"
        raise BadUsage("a roster is for canvas and moodle", advice)
    book = read(folder)
    marks = marks_of(book, labs)
    place = out or folder / "gradebooks" / PLACES[to]
    match to:
        case "gradescope":
            done = gradescope.export(marks, place)
        case "classroom50":
            done = classroom50.export(marks, place, os.environ)
        case "junit":
            done = junit.export(marks, place)
        case "csv":
            done = sheet.export(marks, place)
        case "feedback":
            done = feedback.export(folder, book, labs_of(book, labs), place)
        case "canvas" | "moodle":
            wish = Wish(roster, place, column, allow_unmatched)
            done = fill(CANVAS if to == "canvas" else MOODLE, marks, wish)
    if marks and not done.paths:
        advice = "name its files with `workerlab grade --map`, or ask for them again"
        raise BadUsage(f"nothing to export: {done.notes[0]}", advice)
    done.notes += _unsure(marks)
    if not book.complete:
        done.notes.insert(0, "the class is not graded to its end: what is missing has no points")
    return done


def _unsure(marks: list[Marks]) -> list[str]:
    """The students whose points count though a check gave no verdict, and those checks."""
    rows = [(one.student, one.unsure) for one in marks if one.unsure]
    lines = [f"{student}: {', '.join(checks)}" for student, checks in rows]
    if lines:
        count = counted(len(lines), "student")
        lines.insert(0, f"{count} with checks inconclusive or not gradable (no points for those):")
    return lines
