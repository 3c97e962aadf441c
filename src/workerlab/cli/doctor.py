"""`workerlab doctor`: is this machine ready?"""

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
    from workerlab.cli.screen import Screen
    from workerlab.doctor import report
    from workerlab.doctor.probes import EXAMINATIONS

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
            if finding.advice:
                screen.say(f"{report.ADVICE[finding.state]}: {finding.advice}", style, indent=26)
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
