"""The supervisor of a class: runs grading processes, and is the one writer of the journal."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import Protocol

from workerlab.grading.batch.book import Book
from workerlab.grading.batch.grading import Grader, Job, Stopped
from workerlab.grading.batch.journal import Journal
from workerlab.grading.intake.map_file import Settled
from workerlab.grading.intake.store import Store
from workerlab.grading.intake.submissions import Submission
from workerlab.grading.result import CheckResult


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


class Pages(Protocol):
    """The files that are made from a journal: `Folder`, or none."""

    def student(self, student: str) -> None:
        """A student's row has changed."""

    def remove(self, student: str) -> None:
        """A student has no row any more."""

    def marks(self) -> None:
        """Some row has changed."""

    def whole(self) -> None:
        """All of it, now."""


class Supervisor:
    """The supervisor: the thread that holds `_lock` writes the journal and the pages."""

    def __init__(
        self,
        journal: Journal,
        store: Store,
        folder: Pages,
        budget: float,
        grading_process: Callable[..., Grader],
        on_change: Callable[[Progress], None],
    ) -> None:
        self.journal, self.budget = journal, budget
        self.store, self.folder = store, folder
        self.jobs: list[Job] = []
        self.grading_process = grading_process
        self.progress = Progress(journal.book)
        self._on_change = on_change
        self._stop, self._lock = Event(), Lock()

    def remember(self, lines: list[Settled]) -> None:
        """The map holds until another is given: the next run may not name it."""
        settled = [line.to_json() for line in lines]
        if settled != self.journal.book.map:
            self.journal.write("map", lines=settled)

    def leave_out(self, students: list[str]) -> None:
        """Take back the rows of what a map calls nobody's, or another's."""
        for student in students:
            if student in self.journal.book.rows:
                self.journal.write("gone", student=student)
                self.folder.remove(student)

    def take(self, one: Submission) -> None:
        """Take a submission into the class: it is stored first, then it has its row."""
        known = self.journal.book.rows.get(one.student)
        place = None if one.refused else self.store.put(one.student, one.digest, one.files)
        before = known and (known.digest, known.refused, known.handed_in)
        if before != (one.digest, one.refused, one.handed_in):
            self.journal.submission(one.student, one.source, one.digest, one.refused, one.handed_in)
            self.folder.student(one.student)
        if place:
            self.jobs += self._jobs(one.student, place)

    def grade(self, jobs: int) -> Book:
        """Run every job that is left."""
        book = self.journal.book
        self.progress.jobs = len(self.jobs)
        self.folder.whole()
        self._on_change(self.progress)
        self._run(self.jobs, jobs)
        self.folder.whole()
        return book

    def _jobs(self, student: str, place: Path) -> list[Job]:
        """The jobs that a submission still needs."""
        book = self.journal.book
        row = book.rows[student]
        jobs = []
        for lab, planned in book.plan.items():
            if row.ended([lab]):
                continue
            known = {check.id for check in row.labs[lab].checks} if lab in row.labs else set()
            left = tuple(check for check in planned if check.id not in known)
            jobs.append(Job(student, place, lab, left))
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
