"""`workerlab labs here`: for readers who installed workerlab and have no clone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from workerlab.cli.screen import Screen
    from workerlab.grading.authoring.course import Put

labs = typer.Typer(no_args_is_help=True)


@labs.callback()
def about() -> None:
    """Put the labs and notebooks into a folder of yours: `workerlab labs here`."""


@labs.command()
def here(
    folder: Annotated[
        Path, typer.Option(metavar="DIR", help="another folder; made if it is not there")
    ] = Path(),
) -> int:
    """Put the labs, the notebooks and the checks into this folder, to work on them.

    They come with workerlab itself: nothing is downloaded. Files that exist are never written
    over. Type it again after an update, and only what is new is added.

    **Examples**

    `workerlab labs here` · then `workerlab check lab01`

    `workerlab labs here --folder course` · makes the folder `course`

    Exit status: 0 they are there, 2 they could not be written.
    """
    from workerlab.cli.screen import Screen
    from workerlab.grading.authoring.course import put

    screen = Screen()
    done = put(folder)
    _tell(screen, done)
    screen.say("begin:", "bold")
    if done.folder != Path.cwd():
        screen.say(f"cd {folder}", indent=2)
    screen.say("workerlab check lab01", indent=2)
    screen.say("the notebooks want JupyterLab and the packages that they compare:", "bold")
    screen.say("pip install 'workerlab[lab,fixes]'", indent=2)
    screen.say("jupyter lab notebooks/00-start-here.ipynb", indent=2)
    return 0


def _tell(screen: Screen, done: Put) -> None:
    from workerlab.draw.words import counted

    count = len({file.parts[1] for file in done.files if file.match("labs/*/lab.toml")})
    chapters = sum(file.match("notebooks/*.ipynb") for file in done.files)
    there = f"{count} labs, {chapters} notebooks and the checks"
    if not done.written:
        screen.say(f"{done.folder} has them already: {there}", "bold green")
    elif len(done.written) < len(done.files):
        added = counted(len(done.written), "missing file")
        screen.say(f"{done.folder}: added {added}", "bold green")
    else:
        screen.say(f"{done.folder}: {there}", "bold green")
    for file in done.kept:
        screen.say(f"kept as it is: {file}", indent=2)
