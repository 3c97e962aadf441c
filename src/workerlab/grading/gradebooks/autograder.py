"""The program that `run_autograder` runs inside Gradescope: `python -m … ROOT LAB…`.

Grades ROOT/submission and writes ROOT/results/results.json: before the first check, and again
after each one. So whenever Gradescope's own time-out comes (there a student would see nothing at
all), what has been found until then is there, with its points. We end before it anyway: what is
left when the time is over is inconclusive.

Each lab runs in a grading process, as in `workerlab grade`: student code is sandboxed, or, where
there is no sandbox, runs as a user who can neither write the results nor signal us (see `guard`).
Processes that this user has left are ended before the results are written for the last time. Memory:
lab08's solution has its peak, with ten workers at once, at 720 MB of the 768 MB that the smallest
container has; where the course may choose, a larger one is the quieter one.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from functools import partial
from pathlib import Path
from threading import Event

from workerlab.errors import WorkerlabError
from workerlab.grading.batch.book import Planned
from workerlab.grading.batch.grading import GradingProcess, Job
from workerlab.grading.batch.hidden import for_student
from workerlab.grading.gradebooks.common import LabMarks, Marks, json_bytes, write
from workerlab.grading.gradebooks.gradescope import results
from workerlab.grading.gradebooks.guard import why_unsafe
from workerlab.grading.manifest import find
from workerlab.grading.result import CheckResult, LabResult
from workerlab.grading.run import not_begun

SECONDS = 540.0  # of wall time for all of it: Gradescope's default time-out is 600
SEEDS = range(1_000_000_000, 2_000_000_000)
NOT_YET = "This check had not run when the time of the autograder was over."
REFUSED = "To the instructor: this autograder does not run where a submission could mark itself"
ADVICE = "Let it run as root in its container, as Gradescope does, with setpriv (util-linux)."
UNDER_WAY = "Not all checks have run: the autograder is under way, or its time was over."


class Autograder:
    """One submission of one student, and its results so far."""

    def __init__(self, root: Path, labs: list[str], seconds: float) -> None:
        self.root, self.until = root, time.monotonic() + seconds
        self.seed = random.SystemRandom().choice(SEEDS)
        self.labs = [_not_yet(not_begun(find(lab))) for lab in labs]

    def grade(self) -> str:
        """Grade all labs; why that was refused, or "".

        Raises BadUsage when the results cannot be written.
        """
        if why := why_unsafe(self.root):
            self.labs.clear()
            self._write(f"Not graded, for no fault of the student's. {REFUSED}: {why}. {ADVICE}")
            return why
        self._write(UNDER_WAY)
        for lab in self.labs:
            planned = tuple(Planned(one.id, one.title, one.max_points) for one in lab.checks)
            job = Job("submission", self.root / "submission", lab.lab, planned)
            budget = max(1.0, self.until - time.monotonic())
            process = GradingProcess(job, seed=self.seed, budget=budget, stop=Event())
            lab.duration_s = process.run(partial(self._keep, lab), _ignore)
        self._write("")
        return ""

    def _keep(self, lab: LabResult, found: CheckResult) -> None:
        lab.checks[:] = [found if one.id == found.id else one for one in lab.checks]
        print(f"{lab.lab} {found.id}: {found.status} {found.points:g}/{found.max_points:g}")
        if found.instructor_message:
            print(found.instructor_message, flush=True)  # stdout is for instructors only
        self._write(UNDER_WAY)

    def _write(self, output: str) -> None:
        shown = [LabMarks(for_student(lab, self.seed)) for lab in self.labs]
        listed = results(Marks("submission", shown), output)
        write(self.root / "results" / "results.json", json_bytes(listed))


def _not_yet(lab: LabResult) -> LabResult:
    for check in lab.checks:
        check.message = NOT_YET
    return lab


def _ignore(check: str) -> None:
    """Do nothing with the reports: there is no display."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("labs", nargs="+")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    wish = parser.parse_args(arguments)
    try:
        why = Autograder(wish.root.resolve(), wish.labs, wish.seconds).grade()
    except WorkerlabError as error:
        print(f"error: {error}\n  help: {error.advice}", file=sys.stderr)
        return 1
    if why:
        print(f"error: {REFUSED}: {why}\n  help: {ADVICE}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
