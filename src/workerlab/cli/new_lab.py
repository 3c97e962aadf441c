"""`workerlab new-lab`: a lab of your own to begin with."""

from __future__ import annotations

from typing import Annotated

import typer


def new_lab(
    name: Annotated[str, typer.Argument(metavar="NAME", help="labNN_word, such as lab20_votes")],
) -> int:
    """Write a lab of your own to begin with: small, whole, and proved as it stands.

    It counts votes in a file. Starter, solution, checks with hints, three wrong answers and one
    that is odd but right are all there: change them one by one, and prove them in between.
    CONTRIBUTING.md walks through it ("A lab of your own").

    **Example**

    `workerlab new-lab lab20_votes` · then `workerlab verify-labs lab20_votes`
    """
    from workerlab.cli.screen import Screen
    from workerlab.grading.authoring.scaffold import make

    screen = Screen()
    lab, files = make(name)
    home = lab.folder.parent.parent
    screen.say(f"{lab.name} is there:", "bold green")
    for file in files:
        screen.say(str(file.relative_to(home)), indent=2)
    screen.say("prove it as it stands, then change it:", "bold")
    for command in (
        f"workerlab verify-labs {lab.name}",
        f"workerlab check {lab.name}",
        f"workerlab check {lab.name} --submission solutions",
    ):
        screen.say(command, indent=2)
    return 0
