"""Grades a class again after its checks have changed: only what has changed, from what is stored.

The results of the checks that run again are kept apart, in `DIR/regrade`, until somebody has seen
who gains and who loses. Then one line of the journal makes them count, with the reason; the lines
that counted before stay where they are. After any end of this process the same call goes on.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict
from pathlib import Path

from workerlab.errors import BadUsage
from workerlab.grading.batch.book import Book, Row
from workerlab.grading.batch.changes import Regrade, compared
from workerlab.grading.batch.folder import Folder
from workerlab.grading.batch.grading import Grader, GradingProcess, Job
from workerlab.grading.batch.journal import JOURNAL, Journal, read
from workerlab.grading.batch.runner import BUDGET_S, JOBS, Plan, alone, planned
from workerlab.grading.batch.supervisor import Progress, Supervisor
from workerlab.grading.intake.store import Store
from workerlab.grading.manifest import find

TRIAL = "regrade"  # the folder of the results that do not count yet


class _NoPages:
    """What does not count yet has no pages."""

    def student(self, student: str) -> None: ...
    def remove(self, student: str) -> None: ...
    def marks(self) -> None: ...
    def whole(self) -> None: ...


def regrade_class(
    out: Path,
    *,
    because: str,
    decide: Callable[[Regrade], bool],
    also: Collection[str] = (),
    jobs: int = JOBS,
    budget: float = BUDGET_S,
    grading_process: Callable[..., Grader] = GradingProcess,
    on_change: Callable[[Progress], None] = lambda progress: None,
) -> Regrade:
    """Run the checks that have changed since the class in `out` was graded.

    because  the reason, for the journal
    decide   is shown what would change; when it says no, nothing counts, and the same call shows it
             again without running anything
    also     ids of checks that run again though they have not changed

    Raises BadUsage when there is no class, or a submission is not stored as it was graded.
    """
    if not because.strip():
        raise BadUsage("a regrade needs a reason", 'say it: --because "the check was too strict"')
    if not read(out).plan:
        advice = "name the folder that `workerlab grade --out` wrote"
        raise BadUsage(f"there is no graded class in {out}", advice)
    with alone(out), Journal(out) as journal:
        book, store = journal.book, Store(out)
        plan = {lab: planned(find(lab)) for lab in book.plan}
        todo = _todo(book.plan, plan, also)
        rows = _rows(book, todo)
        _must_be_stored(rows, store)
        interrupted = (out / TRIAL).exists()
        with _Trial(out, todo, book.seed, book.isolation) as trial:
            run = Supervisor(trial, store, _NoPages(), budget, grading_process, on_change)
            run.jobs = list(_jobs(trial, rows, store, todo))
            run.grade(jobs)
            found = compared(book, plan, todo, trial.book)
        found.written = found.changed and decide(found)
        if found.written:
            _write(journal, because, plan, found)
            _draw(out, book, {change.student for change in found.changes})
        elif not found.changed and interrupted:  # perhaps before its pages were drawn
            _draw(out, book, set(book.rows))
        if found.written or not found.changed:
            shutil.rmtree(out / TRIAL, ignore_errors=True)
    return found


def _draw(out: Path, book: Book, students: set[str]) -> None:
    pages = Folder(out, book)
    for student in sorted(students):
        pages.student(student)
    pages.whole()


def _todo(before: Plan, now: Plan, also: Collection[str]) -> Plan:
    """The checks that have to run again. Raises BadUsage for one that there is not."""
    ids = {check.id for checks in now.values() for check in checks}
    if unknown := sorted(set(also) - ids):
        raise BadUsage(
            f"there is no check {unknown[0]!r}", f"choose from: {', '.join(sorted(ids))}"
        )
    known = {(lab, one.id): one.content for lab, checks in before.items() for one in checks}
    return {
        lab: [
            one
            for one in checks
            if one.id in also or not one.content or known.get((lab, one.id)) != one.content
        ]
        for lab, checks in now.items()
    }


def _rows(book: Book, todo: Plan) -> list[Row]:
    """The submissions that are graded in a lab of which something has to run again."""
    labs = {lab for lab, checks in todo.items() if checks}
    return [row for row in book.rows.values() if row.digest and row.done & labs]


def _must_be_stored(rows: list[Row], store: Store) -> None:
    missing = [row.student for row in rows if not store.whole(row.student, row.digest)]
    if missing:
        names = ", ".join(missing[:3]) + (" and others" if len(missing) > 3 else "")
        advice = "grade them with `workerlab grade` into a new folder"
        raise BadUsage(f"not stored as they were graded: {names}", advice)


class _Trial(Journal):
    """The journal of what does not count yet; one of other checks is begun anew."""

    def __init__(self, out: Path, todo: Plan, seed: int, isolation: str) -> None:
        folder = out / TRIAL
        before = read(folder)
        if (before.plan, before.seed) != (todo, seed):
            (folder / JOURNAL).unlink(missing_ok=True)
        super().__init__(folder)
        if not self.book.plan:
            self.begin(todo, seed=seed, isolation=isolation)


def _jobs(trial: Journal, rows: list[Row], store: Store, todo: Plan) -> Iterator[Job]:
    """What is still to be run of each submission."""
    for row in rows:
        known = trial.book.rows.get(row.student)
        if not known or known.digest != row.digest:
            trial.submission(row.student, row.source, row.digest)
            known = trial.book.rows[row.student]
        place = store.place(row.student, row.digest)
        for lab, checks in todo.items():
            if not checks or lab not in row.done or lab in known.done:
                continue
            has = {check.id for check in known.labs[lab].checks} if lab in known.labs else set()
            yield Job(row.student, place, lab, tuple(one for one in checks if one.id not in has))


def _write(journal: Journal, because: str, plan: Plan, found: Regrade) -> None:
    """Make it count: one line, so that a reader has all of it or nothing."""
    results: dict[str, dict[str, list[object]]] = {}
    for change in found.changes:
        listed = [asdict(result) for result in change.results]
        results.setdefault(change.student, {})[change.lab] = [*listed]
    checks = {lab: [asdict(one) for one in planned] for lab, planned in plan.items()}
    journal.write("regrade", because=because.strip(), plan=checks, ran=found.ran, results=results)
