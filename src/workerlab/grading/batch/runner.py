"""Grades a class: several grading processes, one writer of the journal, each page made from it.

After any end of this process, also SIGKILL, the same call goes on where it stopped.
"""

from __future__ import annotations

import fcntl
import os
import random
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock

from workerlab.errors import BadUsage
from workerlab.grading.api import checks_of
from workerlab.grading.batch.folder import Folder
from workerlab.grading.batch.grading import Grader, GradingProcess, Job, Stopped
from workerlab.grading.batch.intake import Submission, submissions
from workerlab.grading.batch.isolation import label
from workerlab.grading.batch.journal import Book, Journal, Planned, read
from workerlab.grading.manifest import Manifest, all_labs, find
from workerlab.grading.result import CheckResult

BUDGET_S = 120.0  # seconds of wall time for one submission and one lab
JOBS = 2
Plan = dict[str, list[Planned]]  # the checks of each lab, by its name
SEEDS = range(1_000_000_000, 2_000_000_000)  # ten digits: no other number in a report is like it


@dataclass
class Progress:
    """The state of a class while it is graded.

    doing    the current check of each job under way: (student, lab) -> check
    jobs     how many jobs there were to do, and `ended` of them are done
    """

    book: Book
    jobs: int = 0
    ended: int = 0
    doing: dict[tuple[str, str], str] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def left_s(self) -> float | None:
        """Seconds until the end, estimated from what is done; None before the first."""
        if not self.ended:
            return None
        return (time.monotonic() - self.began) / self.ended * (self.jobs - self.ended)


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
    on_change         called after each change, one call at a time

    Returns the book of the class. Raises BadUsage for wrong arguments and for a folder that
    cannot be written, or that another grader is writing.
    """
    if out.resolve().is_relative_to(handed_in.resolve()):
        advice = "name a folder that lies somewhere else"
        raise BadUsage(f"the results in {out} would be graded as a submission", advice)
    found = submissions(handed_in)
    chosen = [find(name) for name in labs]
    before = read(out)  # before anything is made there
    plan = _plan(before, chosen or _known(before) or _in(found), labs)
    _must_be_that(before, plan, seed)
    with _alone(out), Journal(out) as journal:
        if not journal.book.plan:
            drawn = random.SystemRandom().choice(SEEDS) if seed is None else seed
            journal.begin(plan, seed=drawn, isolation=isolation or label())
        return _Class(journal, out, found, budget, grading_process, on_change).grade(jobs)


def _known(before: Book) -> list[Manifest]:
    return [find(name) for name in before.plan]


def _in(found: list[Submission]) -> list[Manifest]:
    """Every lab that was handed in."""
    names = frozenset().union(*(one.names for one in found))
    chosen = [lab for lab in all_labs() if lab.name in names]
    if not chosen:
        advice = "name the lab, with --lab, when its files lie there without a folder of that name"
        raise BadUsage("no submission says which lab it is for", advice)
    return chosen


def _plan(before: Book, chosen: list[Manifest], named: Collection[str]) -> Plan:
    plan = {
        lab.name: [Planned(info.id, info.title, info.points) for info in checks_of(lab)]
        for lab in chosen
    }
    if before.plan and set(before.plan) != set(plan):
        known = ", ".join(before.plan)
        advice = "name another folder with --out, or leave --lab out to go on"
        raise BadUsage(f"that folder holds a class graded in {known}", advice)
    return plan


def _must_be_that(before: Book, plan: Plan, seed: int | None) -> None:
    if before.plan and before.plan != plan:
        advice = "name another folder with --out, and all are graded alike"
        raise BadUsage("the checks have changed since that folder was begun", advice)
    if before.plan and seed not in (None, before.seed):
        advice = "leave --seed out to go on, or name another folder with --out"
        raise BadUsage("that folder was begun with another seed", advice)


class _alone:
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


class _Class:
    """The supervisor: the thread that holds `_lock` writes the journal and the pages."""

    def __init__(
        self,
        journal: Journal,
        out: Path,
        found: list[Submission],
        budget: float,
        grading_process: Callable[..., Grader],
        on_change: Callable[[Progress], None],
    ) -> None:
        self.journal, self.found, self.budget = journal, found, budget
        self.grading_process = grading_process
        self.folder = Folder(out, journal.book)
        self.progress = Progress(journal.book)
        self._on_change = on_change
        self._stop, self._lock = Event(), Lock()

    def grade(self, jobs: int) -> Book:
        book = self.journal.book
        for one in self.found:
            known = book.rows.get(one.student)
            if known is None or (known.digest, known.refused) != (one.digest, one.refused):
                self.journal.submission(one.student, str(one.source), one.digest, one.refused)
                if one.refused:
                    self.folder.student(one.student)
        planned = [job for one in self.found if not one.refused for job in self._jobs(one)]
        self.progress.jobs = len(planned)
        self.folder.whole()
        self._on_change(self.progress)
        self._run(planned, jobs)
        self.folder.whole()
        return book

    def _jobs(self, one: Submission) -> list[Job]:
        """The jobs that a submission still needs."""
        book = self.journal.book
        row = book.rows[one.student]
        jobs = []
        for lab, planned in book.plan.items():
            if lab in row.done:
                continue
            known = {check.id for check in row.labs[lab].checks} if lab in row.labs else set()
            left = tuple(check for check in planned if check.id not in known)
            jobs.append(Job(one.student, one.source, lab, left))
        return jobs

    def _run(self, planned: list[Job], jobs: int) -> None:
        pool = ThreadPoolExecutor(max(1, jobs))
        futures: list[Future[None]] = []
        try:
            futures += [pool.submit(self._one, job) for job in planned]
            for future in as_completed(futures):
                future.result()
        finally:
            self._stop.set()  # jobs under way are ended, and no job begins
            pool.shutdown(cancel_futures=True)

    def _one(self, job: Job) -> None:
        if self._stop.is_set():
            return
        at, seconds = (job.student, job.lab), 0.0
        try:
            if job.checks:
                self._say(at, "its server is being started")
                seed = self.journal.book.seed
                process = self.grading_process(job, seed=seed, budget=self.budget, stop=self._stop)
                seconds = process.run(
                    lambda result: self._keep(job, result), lambda check: self._say(at, check)
                )
            self._done(job, seconds)
        except Stopped:
            pass

    def _say(self, at: tuple[str, str], what: str) -> None:
        with self._lock:
            self.progress.doing[at] = what
            self._on_change(self.progress)

    def _keep(self, job: Job, result: CheckResult) -> None:
        with self._lock:
            self.journal.check(job.student, job.lab, result)
            self._on_change(self.progress)

    def _done(self, job: Job, seconds: float) -> None:
        """The pages first: a lab that the journal calls done has its page."""
        with self._lock:
            self.journal.book.rows[job.student].labs[job.lab].duration_s = round(seconds, 2)
            self.folder.student(job.student)
            self.journal.done(job.student, job.lab, seconds)
            self.progress.doing.pop((job.student, job.lab), None)
            self.progress.ended += 1
            self.folder.marks()
            self._on_change(self.progress)
