"""Grades a class: several grading processes, one writer of the journal, each page made from it.

After any end of this process, also SIGKILL, the same call goes on where it stopped.
"""

from __future__ import annotations

import fcntl
import os
import random
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from workerlab.errors import BadUsage
from workerlab.grading.api import checks_of
from workerlab.grading.batch.book import Book, Planned
from workerlab.grading.batch.check_content import contents
from workerlab.grading.batch.folder import Folder
from workerlab.grading.batch.grading import Grader, GradingProcess
from workerlab.grading.batch.isolation import label
from workerlab.grading.batch.journal import Journal, read
from workerlab.grading.batch.supervisor import Progress, Supervisor
from workerlab.grading.intake.map_file import Settled, read_map
from workerlab.grading.intake.packages import Package, packages_in
from workerlab.grading.intake.settling import settle
from workerlab.grading.intake.store import Store
from workerlab.grading.intake.submissions import Intake, labs_in
from workerlab.grading.manifest import Manifest, all_labs, find

BUDGET_S = 120.0  # seconds of wall time for one submission and one lab
JOBS = 2
Plan = dict[str, list[Planned]]  # the checks of each lab, by its name
SEEDS = range(1_000_000_000, 2_000_000_000)  # ten digits: no other number in a report is like it


def grade_class(
    handed_in: Path,
    out: Path,
    *,
    labs: Collection[str] = (),
    jobs: int = JOBS,
    seed: int | None = None,
    budget: float = BUDGET_S,
    grading_process: Callable[..., Grader] = GradingProcess,
    isolation: str = "",
    settled_by: Path | None = None,
    on_change: Callable[[Progress], None] = lambda progress: None,
) -> Book:
    """Grade every submission in `handed_in`, and keep everything in `out`.

    labs              their names; what the journal says when `out` was begun before, else every lab
                      that was handed in
    jobs              how many submissions are graded at the same time
    seed              for the random part of the searches; drawn once when it is not given
    budget            seconds of wall time for one submission and one lab
    grading_process   grades one job: here (`GradingProcess`) or on a cluster
                      (`Cluster.grading_process`)
    isolation         the text on isolation until a grading process has reported its own
    settled_by        a map: see `map_file`; the last one holds until another is given
    on_change         called after each change, one call at a time

    Returns the book of the class. Raises BadUsage for wrong arguments and for a folder that
    cannot be written, or that another grader is writing.
    """
    if out.resolve().is_relative_to(handed_in.resolve()):
        advice = "name a folder that lies somewhere else"
        raise BadUsage(f"the results in {out} would be graded as a submission", advice)
    known = all_labs()
    with packages_in(handed_in, {name for lab in known for name in lab.edits}) as packages:
        chosen = [find(name) for name in labs]
        before = read(out)  # before anything is made there
        chosen = chosen or [find(name) for name in before.plan] or _in(packages, known)
        plan = _plan(before, chosen, labs)
        _must_be_that(before, plan, seed)
        with alone(out), Journal(out) as journal:
            if not journal.book.plan:
                drawn = random.SystemRandom().choice(SEEDS) if seed is None else seed
                journal.begin(plan, seed=drawn, isolation=isolation or label())
            the_class = Supervisor(
                journal, Store(out), Folder(out, journal.book), budget, grading_process, on_change
            )
            intake = Intake(chosen, known)
            lines = [Settled(**line) for line in journal.book.map]
            if settled_by is not None:
                lines = read_map(settled_by, chosen)
            packages, gone = settle(packages, lines, strict=settled_by is not None)
            for package in packages:
                one = intake.take(package)
                the_class.take(replace(one, source=str(handed_in / one.source)))
            the_class.leave_out(gone)
            the_class.remember(lines)
            return the_class.grade(jobs)


def _in(packages: list[Package], known: list[Manifest]) -> list[Manifest]:
    """Every lab that was handed in."""
    if chosen := labs_in(packages, known):
        return chosen
    advice = "name the lab, with --lab, when its files lie there without a folder of that name"
    raise BadUsage("no submission says which lab it is for", advice)


def planned(lab: Manifest) -> list[Planned]:
    """The checks of a lab, as they are now."""
    known = contents(lab)
    return [
        Planned(info.id, info.title, info.points, known.get(info.id, "")) for info in checks_of(lab)
    ]


def _plan(before: Book, chosen: list[Manifest], named: Collection[str]) -> Plan:
    plan = {lab.name: planned(lab) for lab in chosen}
    if before.plan and set(before.plan) != set(plan):
        known = ", ".join(before.plan)
        advice = "name another folder with --out, or leave --lab out to go on"
        raise BadUsage(f"that folder holds a class graded in {known}", advice)
    return plan


def _must_be_that(before: Book, plan: Plan, seed: int | None) -> None:
    if before.plan and not _alike(before.plan, plan):
        advice = (
            "`workerlab regrade DIR --because WHY` runs what has changed; or name another --out"
        )
        raise BadUsage("the checks have changed since that folder was begun", advice)
    if before.plan and seed not in (None, before.seed):
        advice = "leave --seed out to go on, or name another folder with --out"
        raise BadUsage("that folder was begun with another seed", advice)


def _alike(before: Plan, now: Plan) -> bool:
    """Whether two plans are the same, as far as the first knows what its checks do."""
    for lab, checks in now.items():
        known = before[lab]
        if not all(one.content for one in known):  # the journal of an older workerlab
            known, checks = ([replace(one, content="") for one in both] for both in (known, checks))
        if known != checks:
            return False
    return True


class alone:
    """Locks a class's folder; Linux releases the lock when this process ends."""

    def __init__(self, out: Path) -> None:
        self.out = out

    def __enter__(self) -> None:
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            self._folder = os.open(self.out, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            advice = "name a folder that you may write"
            raise BadUsage(f"cannot write {self.out}: {error.strerror}", advice) from error
        try:
            fcntl.flock(self._folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._folder)
            advice = "wait for it, or name another folder with --out"
            raise BadUsage(f"another grader is at work in {self.out}", advice) from error

    def __exit__(self, *_: object) -> None:
        os.close(self._folder)
