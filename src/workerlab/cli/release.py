"""`workerlab release`: the copy that students get."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def release(
    out: Annotated[Path, typer.Option(metavar="DIR", help="a folder that is not there yet")],
) -> int:
    """Write the copy that students get: no solutions, wrong answers or attacks in it.

    The labs and notebooks as they are here, workerlab itself, and the checks with their hints:
    `make lab` and `workerlab check` work there.

    **Example**

    `workerlab release --out ../for-students`
    """
    from workerlab.cli.screen import Screen
    from workerlab.grading.authoring.release import release as write

    screen = Screen()
    files = write(out)
    labs = len({file.parts[1] for file in files if file.parts[0] == "labs"})
    screen.say(f"{out}: {labs} labs, {len(files)} files, no solutions", "bold green")
    screen.say("look at it once before you hand it out; students begin with: make lab", indent=2)
    return 0
