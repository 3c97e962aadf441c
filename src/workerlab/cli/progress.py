"""`workerlab progress`: the next step in the course."""

from __future__ import annotations

BAR = 12  # cells


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
