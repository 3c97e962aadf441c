"""`workerlab hint`: the next step in a check."""

from __future__ import annotations

from typing import Annotated

import typer

BAR = 12  # cells


def hint(
    lab: Annotated[str, typer.Argument(metavar="LAB", help="lab08_redis, lab08 or 08")],
    check: Annotated[str, typer.Argument(metavar="CHECK", help="the id of the check")],
    all_: Annotated[bool, typer.Option("--all", help="show the whole ladder")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="forget which were shown")] = False,
) -> None:
    """Show the next hint of a check: first a question, then a place, then nearly the line.

    **Examples**

    `workerlab hint lab08 no_lost_update` · one step further each time

    `workerlab hint lab08 no_lost_update --all`
    """
    from workerlab.cli.screen import Screen
    from workerlab.grading import hints

    screen = Screen()
    at = hints.ladder(lab, check)
    steps = len(at.check.hints)
    if reset:
        at = hints.climb(at, 0, screen.warn)
        screen.say(f"{at.lab.name} {at.check.id}: its {steps} hints are unread again")
        return
    at = hints.climb(at, steps if all_ else None, screen.warn)
    screen.say(f"{at.lab.name}  {at.check.id}: {at.check.title}", "bold")
    for number, text in enumerate(at.shown, start=1):
        new = all_ or number == at.seen
        screen.say(f"  {number}. {text}", "" if new else "dim")
    if at.left:
        left = "1 more hint" if at.left == 1 else f"{at.left} more hints"
        screen.say(f"{left}: the same command again", "cyan")
    else:
        screen.say(f"that was the last hint; labs/{at.lab.name}/README.md has the task", "cyan")
