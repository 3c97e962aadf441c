"""Proves a lab: its starter fails, its solution passes, each mutant dies by the check that
names its fault, each odd-but-right answer passes, and its trees fit together.

Every run is a grading in a process of its own (a fork of one that has pytest and the engine
imported), so that nothing is shared between two; only the result file is believed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from itertools import chain
from math import inf
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

from workerlab.errors import BadUsage, WorkerlabError
from workerlab.grading.authoring.forked_runs import ForkedRuns
from workerlab.grading.authoring.pairing import problems
from workerlab.grading.authoring.proofs import Kept, Proofs, key_of
from workerlab.grading.authoring.runs import Job, Run, expected, jobs_for, judged
from workerlab.grading.manifest import all_labs, find, root
from workerlab.grading.result import Report

SCHEMA = "workerlab/verify/v1"
CAP_S = 600.0  # seconds of wall time for one run, many times more than any of them needs
KEPT = ".workerlab/proofs.jsonl"  # the runs that held, below the repository
JOBS = 3  # on two cores, since a grading waits for half of its time
FIRST = ("solution", "right", "starter", "mutant")  # if time is short, right answers are proved


@dataclass
class Proof:
    """All runs of some labs, and the problems of their trees."""

    problems: dict[str, list[str]] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    planned: int = 0
    left_out: int = 0  # runs for which there was no time

    @property
    def holds(self) -> bool:
        whole = len(self.runs) + self.left_out == self.planned
        return whole and not any(self.problems.values()) and all(run.holds for run in self.runs)

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "holds": self.holds,
            "planned": self.planned,
            "left_out": self.left_out,
            "problems": self.problems,
            "runs": [asdict(run) for run in self.runs],
        }


def verify(
    *labs: str,
    full: bool = False,
    core: bool = False,
    anew: bool = False,
    within: float = inf,
    jobs: int = JOBS,
    results: Path | None = None,
    on_run: Callable[[Run, Proof], None] = lambda run, proof: None,
    on_start: Callable[[Job], None] = lambda job: None,
) -> Proof:
    """Prove labs (all of them when none is named), `jobs` runs at a time.

    full       run each mutant against every check
    core       for each check one mutant that it must kill, and no odd answer
    anew       repeat runs that held before, though their inputs have not changed
    within     seconds after which no run begins; how many are left out, the proof says
    results    a folder for the result file of each run: LAB.KIND.NAME.json
    on_start   called with each job as it begins
    on_run     called with each run as it ends, and the proof so far

    Returns a Proof. Raises BadUsage for a lab that does not exist, and where no solutions are.
    """
    if not (root() / "solutions").is_dir():
        advice = "prove them where they were written; here: workerlab check"
        raise BadUsage("there are no solutions here, so this is a copy for students", advice)
    chosen = [find(name) for name in labs] or all_labs()
    proof = Proof({lab.name: problems(lab) for lab in chosen})
    planned = [job for lab in chosen for job in jobs_for(lab, full=full, core=core)]
    planned.sort(key=lambda job: FIRST.index(job.kind))
    proof.planned = len(planned)
    proofs = Proofs(root() / KEPT)
    keys = {job: key_of(find(job.lab), job.submission, _asked(job)) for job in planned}
    held = {} if anew else {job: kept for job in planned if (kept := proofs.get(keys[job]))}
    left = [job for job in planned if job not in held]
    kept_runs = (_as_before(job, kept) for job, kept in held.items())
    until = time.monotonic() + within
    with ExitStack() as stack:
        folder = results or Path(
            stack.enter_context(TemporaryDirectory(prefix="workerlab-verify-"))
        )
        _make(folder)
        runs = _run_all(left, folder, max(1, jobs), until, on_start)
        for job, run in chain(kept_runs, runs):
            if run is None:
                proof.left_out += 1
                continue
            if run.holds and not run.kept:
                proofs.put(keys[job], Kept(run.found, run.duration_s))
            proof.runs.append(run)
            on_run(run, proof)
    return proof


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        advice = "name a folder that you may write"
        raise BadUsage(f"cannot make {folder}: {error.strerror}", advice) from error


def _asked(job: Job) -> list[str]:
    return [job.kind, job.dies_by, job.says, *job.only, "quick" * job.quick]


def _as_before(job: Job, kept: Kept) -> tuple[Job, Run]:
    run = Run(
        job.lab, job.kind, job.name, expected(job), kept.found, True, kept.duration_s, kept=True
    )
    return job, run


def _run_all(
    planned: list[Job], folder: Path, at_once: int, until: float, on_start: Callable[[Job], None]
) -> Iterator[tuple[Job, Run | None]]:
    stop = Event()
    graders = [ForkedRuns() for _ in range(at_once)]
    free: SimpleQueue[ForkedRuns] = SimpleQueue()
    pool = ThreadPoolExecutor(at_once)
    try:
        for grader in graders:
            free.put(grader)
        futures = {
            pool.submit(_run, job, _result(folder, job), free, stop, until, on_start): job
            for job in planned
        }
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        stop.set()  # jobs under way are ended, and no job begins
        pool.shutdown(cancel_futures=True)
        for grader in graders:
            grader.close()


def _result(folder: Path, job: Job) -> Path:
    return folder / f"{job.lab}.{job.kind}.{job.name}.json"


def _run(
    job: Job,
    result: Path,
    free: SimpleQueue[ForkedRuns],
    stop: Event,
    until: float,
    on_start: Callable[[Job], None],
) -> Run | None:
    """The outcome of a job; None when there was no time for it."""
    if time.monotonic() > until:
        return None
    if not stop.is_set():
        on_start(job)
    began = time.monotonic()
    grader = free.get()
    try:
        trouble = _grade(job, result, grader, stop)
    finally:
        free.put(grader)
    seconds = round(time.monotonic() - began, 2)
    try:
        lab = Report.read(result).labs[0]
        holds, found = judged(job, lab)
    except (WorkerlabError, IndexError) as error:
        holds, found = False, trouble or str(error)
    if trouble:
        holds, found = False, trouble
    return Run(job.lab, job.kind, job.name, expected(job), found, holds, seconds)


def _grade(job: Job, result: Path, grader: ForkedRuns, stop: Event) -> str:
    """Run the grading; the error of its process, or ""."""
    what = {
        "lab": job.lab,
        "submission": str(job.submission),
        "only": job.only,
        "quick": job.quick,
        "result": str(result),
    }
    errors = result.with_suffix(".err")
    result.unlink(missing_ok=True)  # of an earlier proof
    status = grader.run(what, str(errors), CAP_S, stop)
    if status is None:
        return "interrupted" if stop.is_set() else f"not done after {CAP_S:g} s"
    if not result.exists():
        lines = errors.read_text(errors="replace").strip().splitlines() if errors.exists() else []
        return f"it was not graded: {lines[-1] if lines else f'exit status {status}'}"
    return ""
