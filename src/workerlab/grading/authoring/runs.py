"""The runs that prove a lab, the expected result of each, and whether a result is that one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from workerlab.grading.api import STARTS, checks_of
from workerlab.grading.authoring.pairing import answers_of, solution_of
from workerlab.grading.manifest import Manifest
from workerlab.grading.result import FAILED, PASSED, LabResult

MOST_OF_A_STARTER = 0.3  # of all points: they lie on what the lab teaches


@dataclass(frozen=True)
class Job:
    """One run and its expected result. `dies_by` is "" where everything must pass.

    `says` are words that the first line of the report must have, or "".
    """

    lab: str
    kind: str  # starter, solution, mutant, right
    name: str
    submission: Path
    dies_by: str = ""
    only: tuple[str, ...] = ()
    quick: bool = False
    says: str = ""


@dataclass(frozen=True)
class Run:
    """The outcome of a job: whether it `holds`, and the finding in a sentence."""

    lab: str
    kind: str
    name: str
    expected: str
    found: str
    holds: bool
    duration_s: float
    kept: bool = False  # it held before, and its inputs have not changed


def jobs_for(lab: Manifest, *, full: bool = False, core: bool = False) -> list[Job]:
    """The runs that prove a lab. A mutant meets `starts` and its own check; all when full.

    core   of the mutants that die by the same check, only the first, and it meets only that check
           (that it starts is left to the whole proof); no odd answers; all meet the quick form of
           their checks, if there is one
    """
    in_short = {info.id for info in checks_of(lab) if info.quick} if core else set()
    jobs = [
        Job(lab.name, "starter", lab.name, lab.folder, quick=core),
        Job(lab.name, "solution", lab.name, solution_of(lab), quick=core),
    ]
    met: set[str] = set()  # the checks that have killed a mutant
    for answer in answers_of(lab):
        if core and (answer.dies_by in met or not answer.dies_by):
            continue
        met.add(answer.dies_by)
        if answer.dies_by:
            first = () if core else (STARTS,)
            only = () if full else tuple(dict.fromkeys((*first, answer.dies_by)))
            quick = answer.dies_by in in_short
            job = Job(lab.name, "mutant", answer.name, answer.folder, answer.dies_by, only, quick)
            jobs.append(replace(job, says=answer.says))
        else:
            jobs.append(Job(lab.name, "right", answer.name, answer.folder))
    return jobs


def expected(job: Job) -> str:
    """The expected result of a job, in words."""
    match job.kind:
        case "starter":
            return "starts and fails"
        case "mutant":
            return f"dies by {job.dies_by}" + f" and says {job.says!r}" * bool(job.says)
        case _:
            return "passes in full"


def judged(job: Job, lab: LabResult) -> tuple[bool, str]:
    """Whether a result is the expected one of the job, and the result in words."""
    status = {check.id: check.status for check in lab.checks}
    others = [check for check in lab.checks if check.status != PASSED]
    found = ", ".join(f"{check.id} {check.status}" for check in others)
    found = found or f"all {len(status)} checks passed"
    if job.kind in ("solution", "right"):
        why = others[0].message.partition("\n")[0] if others else ""
        return not others and bool(status), f"{found} ({why})" if why else found
    began = status.get(STARTS, PASSED) == PASSED or job.dies_by == STARTS
    dead = status.get(job.dies_by) == FAILED if job.dies_by else FAILED in status.values()
    if job.kind == "starter":
        unclear = {"inconclusive", "not_gradable"} & set(status.values())
        much = not job.quick and lab.score > MOST_OF_A_STARTER * lab.max_score
        found += f"; an unchanged starter gets {lab.score:g} of {lab.max_score:g}" * much
        return began and dead and not unclear and not much, found
    first = next((check.message for check in others if check.id == job.dies_by), "")
    first = first.partition("\n")[0]
    if dead and job.says and job.says not in first:
        return False, f"{found}; its first line has no {job.says!r}: {first}"
    return began and dead, found
