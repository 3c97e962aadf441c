"""The view of a class while it is graded: a table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from pathlib import Path

from rich.table import Table
from rich.text import Text

from workerlab.cli.screen import Screen
from workerlab.draw.words import clean, counted
from workerlab.grading.batch.book import Book
from workerlab.grading.batch.folder import MARKS, SUMMARY, outcome
from workerlab.grading.batch.supervisor import Progress

REDRAWN_S = 0.1  # seconds between two drawings of the table
STYLES = {"passed": "green", "failed": "", "refused": "yellow"}


class ClassView:
    """Called after each change; shows the graded and the remaining jobs.

    trial  of a regrade: the results do not count yet, and are shown together at the end
    """

    def __init__(self, screen: Screen, out: Path, *, trial: bool = False) -> None:
        self.screen, self.out, self.trial = screen, out, trial
        self._reported: set[str] = set()
        self._drawn = 0.0

    def __call__(self, progress: Progress) -> None:
        if not self._drawn:
            self._begin(progress)
        for student in () if self.trial else sorted(self._over(progress.book) - self._reported):
            self._reported.add(student)
            self._line(progress.book, student)
        if time.monotonic() - self._drawn >= REDRAWN_S:
            self._drawn = time.monotonic()
            self.screen.show(_table(progress))

    def _begin(self, progress: Progress) -> None:
        book = progress.book
        if self.trial:
            self.screen.say(f"{counted(progress.jobs, 'submission')} to grade again", "bold")
            return
        self._reported = {name for name in self._over(book) if book.rows[name].done}
        here = len(self._reported)
        labs = ", ".join(book.plan)
        text = f"{labs}: {counted(len(book.rows), 'submission')}, {book.isolation}"
        self.screen.say(f"{text}; {here} graded before" if here else text, "bold")

    def _over(self, book: Book) -> set[str]:
        """The students who are graded to the end, or refused."""
        return {name for name, row in book.rows.items() if row.ended(book.plan)}

    def _line(self, book: Book, student: str) -> None:
        row = book.rows[student]
        status, note = outcome(book, row)
        known = [book.points(row, lab) for lab in book.plan]
        score = "–" if None in known else f"{book.score(row):g}"
        marks = f"{score} of {book.max_score:g}"
        self.screen.parts(
            (f"  {clean(student):<30} {marks:>12}  ", ""),
            (f"{status:<13}", STYLES.get(status, "yellow")),
            (note, "dim"),
        )

    def sum_up(self, book: Book) -> None:
        """At the end: the students without a verdict and why, and where everything is."""
        outcomes = {student: outcome(book, row) for student, row in sorted(book.rows.items())}
        odd = {
            name: why
            for name, why in outcomes.items()
            if why[0] not in ("passed", "failed") or book.rows[name].handed_in.doubts
        }
        self.screen.say(f"{counted(len(outcomes), 'submission')} graded", "bold green")
        if odd:
            self.screen.say(f"{len(odd)} to look at:", "yellow")
        for student, (status, note) in odd.items():
            self.screen.say(f"{clean(student)}: {status}; {note}", indent=2)
        self.screen.say(f"marks: {self.out / MARKS}", "dim")
        self.screen.say(f"summary: {self.out / SUMMARY}", "dim")

    def interrupted(self) -> None:
        self.screen.say("what is graded is kept; the same command goes on from here", "yellow")


def _table(progress: Progress) -> Table:
    """How far the class is, and what every job is at."""
    left = progress.left_s()
    minutes = "" if left is None else f", about {max(1, round(left / 60))} min left"
    table = Table(
        title=Text(f"{progress.ended} of {progress.jobs} graded{minutes}", style="bold"),
        title_justify="left",
        box=None,
        show_header=False,
        pad_edge=False,
    )
    for (student, lab), check in list(progress.doing.items()):
        table.add_row(Text(clean(student, 40)), Text(lab, style="dim"), Text(check, style="cyan"))
    return table
