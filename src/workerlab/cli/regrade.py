"""`workerlab regrade`: grade a class again after its checks have changed."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer


def regrade(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="what `workerlab grade --out` wrote")
    ],
    because: Annotated[str, typer.Option(metavar="WHY", help="the reason, for the journal")],
    check: Annotated[
        list[str] | None,
        typer.Option(metavar="CHECK", help="run this one again, too; may be repeated"),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask before it counts")] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="graded at the same time (2)")] = None,
    budget: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="for one submission and one lab")
    ] = 120,
) -> int:
    """Grade a class again after its checks have changed: only what has changed, and with a reason.

    **Examples**

    `workerlab regrade marks --because "lost updates were counted twice"` · after tests/labs has
    been corrected: runs what has changed, shows who gains and who loses, and asks

    `workerlab regrade marks --because "quieter machine" --check no_lost_update --jobs 1` · runs a
    check again that has not changed

    `workerlab regrade marks --because "new wording" --yes` · a title or points alone: runs nothing

    What is run is the submissions as they were graded: DIR/submissions has them. A check has changed
    when its test has, a fixture or helper that the test uses, a contract of the course, or a file
    that the lab gives; its comments, title, points and hints do not count. workerlab itself does not
    count either: to run a check with another version of it, name the check.

    Nothing counts until you say yes; then one line of the journal makes it count. The earlier lines
    stay in the journal. A student for whom nothing changes keeps every file as it was. When something
    ends the command, run it again: it goes on where it was.

    Exit status: 0 it counts, or there was nothing to change; 1 you said no, or nobody was there to
    ask; 2 wrong usage, or DIR cannot be written.
    """
    from workerlab.cli.grade_view import ClassView
    from workerlab.cli.regrade_view import sum_up, table
    from workerlab.cli.screen import Screen
    from workerlab.grading.batch.changes import Regrade
    from workerlab.grading.batch.regrade import regrade_class
    from workerlab.grading.batch.runner import JOBS

    screen = Screen()
    view = ClassView(screen, folder, trial=True)

    def decide(found: Regrade) -> bool:
        shown.close()  # the line that shows how far it is
        table(screen, found)
        if yes or not sys.stdin.isatty():
            return yes
        return typer.confirm("Shall this count?", default=False)

    try:
        with ExitStack() as shown:
            shown.enter_context(screen.live())
            found = regrade_class(
                folder,
                because=because,
                decide=decide,
                also=check or (),
                jobs=jobs or JOBS,
                budget=budget,
                on_change=view,
            )
    except KeyboardInterrupt:
        view.interrupted()
        raise
    sum_up(screen, found)
    return 0 if found.written or not found.changed else 1
