"""`workerlab check`: grade a lab."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def check(
    labs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[LAB]...", help="lab08_redis, lab08 or 08; all when none is named"),
    ] = None,
    submission: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="what is graded, laid out like labs/ (the default)"),
    ] = None,
    trusted: Annotated[
        bool,
        typer.Option(
            "--trusted",
            help="run a PATH from outside this course as you, with all that you may read and "
            "write, and not in the sandbox of `workerlab grade`",
        ),
    ] = False,
    quick: Annotated[bool, typer.Option("--quick", help="the quick checks only")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="check again at every save")] = False,
    only: Annotated[
        list[str] | None, typer.Option(metavar="CHECK", help="this check only; may be repeated")
    ] = None,
    seed: Annotated[int, typer.Option(help="for the random part of a search")] = 1,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="write the result")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="write a page to read")] = None,
) -> int:
    """Grade a lab: each check, its points, and for what fails the schedule that breaks it.

    **Examples**

    `workerlab check lab08` · all checks of lab 08, on labs/lab08_redis

    `workerlab check lab08 --watch --quick` · a verdict about three seconds after each save

    `workerlab check lab08 --submission solutions` · the same checks on the solution

    `workerlab check lab08 --submission downloads/ada` · another student's, in a sandbox

    `workerlab check lab08 --only no_lost_update --json result.json --html result.html`

    Exit status: 0 full marks, 1 something failed, 2 it could not be graded, 3 inconclusive.
    """
    from workerlab.cli.check_view import CheckView
    from workerlab.cli.screen import Screen

    screen = Screen()
    options: dict[str, Any] = {
        "submission": submission,
        "trusted": trusted,
        "quick": quick,
        "seed": seed,
        "only": tuple(only or ()),
        "json": json,
        "html": html,
    }
    if watch:
        from workerlab.cli.watch import watch_and_check

        return watch_and_check(screen, labs or [], options)
    from workerlab.grading.check_lab import check as grade

    with screen.live():
        report = grade(*(labs or ()), **options, on_event=CheckView(screen))
    if len(report.labs) > 1:
        total, most = (sum(getattr(lab, n) for lab in report.labs) for n in ("score", "max_score"))
        screen.say(f"together: {total:g} of {most:g} points", "bold")
    for name, path in (("result", json), ("page", html)):
        if path:
            screen.say(f"{name}: {path}", "dim")
    return report.exit_status
