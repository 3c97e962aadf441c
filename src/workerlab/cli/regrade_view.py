"""Who gains and who loses by a regrade, as a table on a terminal or in a pipe."""

from __future__ import annotations

from workerlab.cli.screen import Screen
from workerlab.draw.words import clean, counted
from workerlab.grading.batch.changes import Change, Regrade


def table(screen: Screen, found: Regrade) -> None:
    """Everything that would change: the checks first, then each student."""
    for word, checks in (
        ("ran again", found.ran),
        ("new title or points", found.renamed),
        ("gone", found.gone),
    ):
        for lab, ids in checks.items():
            screen.say(f"{word}: {lab} {', '.join(ids)}")
    for change in sorted(found.changes, key=lambda one: (one.before - one.after, one.student)):
        _line(screen, change)
    up = sum(change.after > change.before for change in found.changes)
    down = sum(change.after < change.before for change in found.changes)
    same = len(found.changes) - up - down
    words = f"{up} gain, {down} lose"
    words += f", {same} have the same points otherwise" if same else ""
    screen.say(f"{words}; {counted(found.unchanged, 'student')} unchanged", "bold")


def _line(screen: Screen, change: Change) -> None:
    gain = change.after - change.before
    why = "; ".join(f"{id_}: {before} -> {after}" for id_, before, after in change.checks)
    screen.parts(
        (f"  {clean(change.student):<30} {change.before:>5g} -> {change.after:<5g} ", ""),
        (f"{gain:+g} ".rjust(7), "green" if gain > 0 else "yellow" if gain < 0 else ""),
        (why, "dim"),
    )


def sum_up(screen: Screen, found: Regrade) -> None:
    """Whether it counts."""
    if found.written:
        screen.say("it counts now; the journal keeps what counted before, and why", "bold green")
    elif not found.changed:
        screen.say("nothing to change: the checks are as they were, and so are the marks")
    else:
        screen.say("nothing is written; the same command with --yes makes it count", "yellow")
