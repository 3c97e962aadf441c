"""`workerlab verify-labs`: are the labs as they should be?"""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[Path | None, typer.Option(metavar="FILE", help="write the result")]


def verify_labs(
    labs: Annotated[
        list[str] | None, typer.Argument(metavar="[LAB]...", help="all when none is named")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="each mutant against every check")] = False,
    core: Annotated[
        bool,
        typer.Option(
            "--core", help="one mutant for each check, which meets only that check; no odd answers"
        ),
    ] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="run what held before, too, though nothing has changed")
    ] = False,
    within: Annotated[
        float,
        typer.Option(metavar="SECONDS", help="begin no run after that; says what is left out"),
    ] = inf,
    jobs: Annotated[int, typer.Option(min=1, help="gradings at the same time")] = 3,
    results: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="keep the result of each run there, LAB.KIND.NAME.json"
        ),
    ] = None,
    json: Json = None,
) -> int:
    """Prove the labs: starters fail, solutions pass, every mutant dies by the check that names it.

    **Examples**

    `workerlab verify-labs` · every lab; a mutant meets the check that must kill it

    `workerlab verify-labs --core` · the same in less time, for a change under way

    `workerlab verify-labs lab08 --full --jobs 1 --json proof.json`

    A run that held is kept, and is not run again until its submission, lab, checks or the harness
    behind them change.

    Exit status: 0 everything holds, 1 something does not.
    """
    from workerlab.cli import verify_view
    from workerlab.cli.screen import Screen

    return verify_view.prove(
        Screen(),
        labs or [],
        full=full,
        core=core,
        anew=anew,
        within=within,
        jobs=jobs,
        results=results,
        json=json,
    )
