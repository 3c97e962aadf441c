"""`workerlab grade`: grade a class."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def grade(
    submissions: Annotated[
        Path, typer.Argument(metavar="SUBMISSIONS", help="holds one folder or .zip a student")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="where everything is kept")],
    lab: Annotated[
        list[str] | None,
        typer.Option(metavar="LAB", help="this lab; may be repeated (all that were handed in)"),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="submissions graded at the same time")] = 2,
    seed: Annotated[
        int | None, typer.Option(help="for the random part of a search (drawn once, kept in DIR)")
    ] = None,
    budget: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="for one submission and one lab")
    ] = 120,
) -> int:
    """Grade a class: one folder or .zip a student. The same command goes on where it was.

    **Examples**

    `workerlab grade handed-in --out marks --lab lab08` · everybody's lab 08

    `workerlab grade handed-in --out marks` · go on after Ctrl-C, a crash, a late submission: what
    is graded stays, a submission that has changed is graded anew

    `workerlab grade handed-in --out lab11 --lab 11 --jobs 4 --budget 240` · more cores, more time

    **What SUBMISSIONS holds**: for each student a folder, a .zip or a .py file, called as the
    student is. Inside, a folder called like the lab (lab08_redis/app.py), or the lab's own files.

    **What DIR holds**: grades.csv, students/NAME.html for each student (no seed, nothing that is
    meant for you), index.html and results/NAME.json for you. All are valid at every moment.

    Exit status: 0 every submission has its row (those without a verdict are listed), 2 wrong
    usage, or DIR cannot be written.
    """
    from workerlab.cli.classview import ClassView
    from workerlab.cli.screen import Screen
    from workerlab.grading.batch.runner import grade_class

    screen = Screen()
    view = ClassView(screen, out)
    try:
        with screen.live():
            screen.doing(f"looking at {submissions}")
            book = grade_class(
                submissions,
                out,
                labs=lab or (),
                jobs=jobs,
                seed=seed,
                budget=budget,
                on_change=view,
            )
    except KeyboardInterrupt:
        view.interrupted()
        raise
    view.sum_up(book)
    return 0
