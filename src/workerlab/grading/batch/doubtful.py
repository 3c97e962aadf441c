"""`workerlab check` of another person's work: one submission, graded as in a class.

What lies in this course's own folders belongs to the reader or the course, and runs without a
sandbox. Anything else may be a stranger's code, and a check runs it: so it is graded where it can
neither read nor write the reader's files.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from threading import Event

from workerlab.errors import BadUsage
from workerlab.grading.api import checks_of
from workerlab.grading.batch import isolation
from workerlab.grading.batch.book import Planned
from workerlab.grading.batch.grading import GradingProcess, Job
from workerlab.grading.manifest import Manifest, root
from workerlab.grading.result import CheckResult, LabResult
from workerlab.grading.run import OnEvent, not_begun
from workerlab.grading.submission import locate

OWN = ("labs", "solutions", "tests")  # folders of the course
BUDGET_S = 600.0  # seconds of wall time for one lab: no other submission waits for it


def doubtful(place: Path) -> bool:
    """Whether a submission lies outside of the folders of this course."""
    home = root().resolve()
    return not any(place.resolve().is_relative_to(home / name) for name in OWN)


def grade_in_a_process(
    lab: Manifest,
    submission: Path,
    *,
    quick: bool = False,
    seed: int = 1,
    only: Collection[str] | None = None,
    on_event: OnEvent = lambda kind, what: None,
) -> LabResult:
    """As `run.grade`, in a sandbox. Raises BadUsage, too, where this machine has none."""
    if why := isolation.why_not():
        advice = f"{isolation.advice()}; or give --trusted, if you have read the code"
        raise BadUsage(f"this machine cannot confine it: {why}", advice)
    result = not_begun(lab, quick=quick, only=only)
    places = {check.id: place for place, check in enumerate(result.checks)}
    infos = {info.id: info for info in checks_of(lab)}
    planned = tuple(Planned(one.id, one.title, one.max_points) for one in result.checks)

    def keep(found: CheckResult) -> None:
        result.checks[places[found.id]] = found
        on_event("finished", found)

    job = Job("submission", locate(lab, submission), lab.name, planned, quick)
    result.duration_s = GradingProcess(job, seed=seed, budget=BUDGET_S, stop=Event()).run(
        keep,
        lambda check: on_event("started", infos[check]),
        lambda text: on_event("progress", text),
    )
    return result
