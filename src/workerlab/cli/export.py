"""`workerlab export`: the marks of a class, in the form that a gradebook takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, get_args

import typer

To = Literal["gradescope", "classroom50", "canvas", "moodle", "junit", "csv", "feedback"]


def export(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="what `workerlab grade --out` wrote")
    ] = None,
    *,
    to: Annotated[To, typer.Option(metavar="FORMAT", help=f"one of: {', '.join(get_args(To))}")],
    roster: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="canvas, moodle: the CSV that it exported itself"),
    ] = None,
    column: Annotated[
        str | None, typer.Option(metavar="NAME", help="canvas, moodle: the column to fill")
    ] = None,
    lab: Annotated[
        list[str] | None,
        typer.Option(metavar="LAB", help="this lab only; may be repeated (all: every lab)"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="PATH", help="where to; else below DIR/gradebooks")
    ] = None,
    allow_unmatched: Annotated[
        bool,
        typer.Option("--allow-unmatched", help="write the others, and list students without a row"),
    ] = False,
    autograder: Annotated[
        Path | None,
        typer.Option(metavar="ZIP", help="gradescope: make the autograder to upload, for --lab"),
    ] = None,
) -> int:
    """Write the marks of a class as a gradebook: same points in each, and no student's secret.

    **Examples**

    `workerlab export class --to csv` · a row for each student and check

    `workerlab export class --to canvas --roster 2026-Grades.csv --column "Lab 08" --out up.csv`
    · Gradebook > Export in Canvas gives the roster; Import takes up.csv

    `workerlab export class --to moodle --roster worksheet.csv` · the grading worksheet of an
    assignment, or Grades > Export > Plain text file; no other column is touched

    `workerlab export class --to gradescope` · a results.json for each student

    `workerlab export --to gradescope --autograder lab08.zip --lab lab08` · no class: the zip that
    Gradescope runs itself, at each submission

    `workerlab export class --to classroom50 --out result.json` · in its workflow, for one student

    `workerlab export class --to junit` · for everything else

    `workerlab export class --to feedback` · the students' pages as a zip for each section, and
    messages.csv for a mail merge

    A submission belongs to the row that has its name: an ID, a login, an e-mail address, the full
    name, or what Moodle and Canvas themselves call what they download.

    Exit status: 0 it is written (what to know is on stderr), 2 it could not be.
    """
    from workerlab.cli.screen import Screen
    from workerlab.errors import BadUsage

    screen = Screen()
    if autograder is not None:
        from workerlab.grading.gradebooks.upload import build

        if to != "gradescope" or folder is not None:
            advice = "workerlab export --to gradescope --autograder OUT.zip --lab LAB"
            raise BadUsage("an autograder is made for Gradescope, and from no class", advice)
        screen.say(f"autograder: {build(autograder, lab or [])}")
        return 0
    if folder is None:
        raise BadUsage("which class?", "name the folder that `workerlab grade --out` wrote")
    from workerlab.grading.gradebooks.exporting import export as write

    done = write(
        folder,
        to,
        labs=lab or (),
        roster=roster,
        column=column,
        out=out,
        allow_unmatched=allow_unmatched,
    )
    for note in done.notes:
        screen.warn(note)
    most = 3  # paths; the rest are beside them
    for path in done.paths[:most]:
        screen.say(f"{to}: {path}")
    if (more := len(done.paths) - most) > 0:
        screen.say(f"and {more} more beside them", "dim")
    return 0
