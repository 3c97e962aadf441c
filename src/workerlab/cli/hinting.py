"""`workerlab hint` and `workerlab progress`: the next step, in a check and in the course."""

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


def progress() -> None:
    """Show which labs are done, the best score of each, and what to do next.

    Counted are full gradings (no `--quick`, no `--only`) of your own files.
    """
    from workerlab.cli.screen import Screen
    from workerlab.grading.progress import standings

    screen = Screen()
    rows = list(standings())
    longest = max((len(at.lab.name) for at in rows), default=0)
    for at in rows:
        full = round(BAR * min(1.0, (at.best or 0.0) / at.lab.points)) if at.lab.points else 0
        best = "–" if at.best is None else f"{at.best:g}/{at.lab.points:g}"
        when = at.last_run.astimezone().strftime("%d %b %H:%M") if at.last_run else "never run"
        screen.parts(
            ("✔ " if at.done else "  ", "green"),
            (f"{at.lab.name:<{longest}}  {best:>7}  ", "bold"),
            ("█" * full + "░" * (BAR - full), "green" if at.done else "cyan"),
            (f"  {when:<12}  ", "dim"),
            (at.next, ""),
        )
    screen.say(f"{sum(at.done for at in rows)} of {len(rows)} labs done", "bold")
