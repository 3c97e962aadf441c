"""`workerlab doctor` and `workerlab verify-labs`: is everything as it should be?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[Path | None, typer.Option(metavar="FILE", help="write the result")]


def doctor(json: Json = None) -> int:
    """Try out what this machine must have: tracing, servers, stores, memory.

    Everything is really started and used, not just looked for. Exit status: 0 all that is
    required works, 2 something does not.
    """
    from workerlab.doctor import report
    from workerlab.doctor.probes import EXAMINATIONS
    from workerlab.cli.screen import Screen

    screen = Screen()
    found = []
    with screen.live():
        for examination in EXAMINATIONS:
            screen.doing(f"trying {examination.name}")
            finding = report.examine(examination)
            found.append(finding)
            sign, style = report.SIGNS[finding.state]
            screen.parts(
                (f"  {sign} ", style), (f"{finding.name:<22}", "bold"), (finding.found, "")
            )
            if finding.mend:
                screen.say(f"{report.ADVICE[finding.state]}: {finding.mend}", style, indent=26)
    if json:
        report.write(found, json)
    missing = [finding.name for finding in found if finding.state == report.MISSING]
    if missing:
        screen.say(f"not ready: {', '.join(missing)}", "bold red")
        return 2
    labs = next(finding for finding in found if finding.name == "labs")
    begin = "check lab01" if labs.state == report.WORKS else "labs here"
    screen.say(f"ready; begin with: workerlab {begin}", "bold green")
    return 0


def verify_labs(
    labs: Annotated[
        list[str] | None, typer.Argument(metavar="[LAB]...", help="all when none is named")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="each mutant against every check")] = False,
    core: Annotated[
        bool, typer.Option("--core", help="one mutant for each check, two odd answers for each lab")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, help="gradings at the same time")] = 3,
    json: Json = None,
) -> int:
    """Prove the labs: starters fail, solutions pass, every mutant dies by the check that names it.

    **Examples**

    `workerlab verify-labs` · every lab; a mutant meets the check that must kill it

    `workerlab verify-labs --core` · the same in less time, for a change under way

    `workerlab verify-labs lab08 --full --jobs 1 --json proof.json`

    Exit status: 0 everything holds, 1 something does not.
    """
    from workerlab.cli import verify_view
    from workerlab.cli.screen import Screen

    return verify_view.prove(Screen(), labs or [], full=full, core=core, jobs=jobs, json=json)
