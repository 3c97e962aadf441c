"""Faults that show without any schedule, when requests run one after the other."""

from dataclasses import replace

from workerlab.evidence import Evidence, RequestRow
from workerlab.models.counter import count_in
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.program import PLACEMENTS, TWO_WORKERS, Program, Request
from workerlab.stepping.searching.oracle import Oracle
from workerlab.stepping.searching.search import learn_serial_outcomes, search
from workerlab.verdict import Verdict

INCREMENT, REPORT = Request("POST", "/increment"), Request("GET", "/report")


def workers_disagree(
    stepped: SteppedServer,
    program: Program,
    seed: int = 1,
    placements: tuple[str, ...] = PLACEMENTS,
) -> Verdict | None:
    """Let one worker count once, and ask every worker: a failed verdict when they report two counts.

    A counter only, asked on several workers: a response of another app may well name its worker.
    """
    pids = stepped.workers
    if TWO_WORKERS not in placements or program.model != "counter" or len(pids) < 2:
        return None
    if INCREMENT not in program.requests:
        return None
    alone = replace(program, requests=(INCREMENT,), after=(REPORT,) * len(pids))
    verdict = search(stepped, alone, placements=(TWO_WORKERS,), seed=seed)
    if verdict.status != "failed":
        return None
    assert verdict.evidence is not None  # a search that fails shows the loss
    reports = {row["worker"]: row["output"] for row in _reports(verdict.evidence)}
    if len(set(map(str, reports.values()))) < 2:
        message = f"one request alone is answered wrong, without any race: {verdict.message}"
        return replace(verdict, message=message)
    says = ", ".join(f"worker {pid} says {count_in(body)}" for pid, body in reports.items())
    actual = f"after one {INCREMENT} {says}"
    evidence = verdict.evidence | {"expected": "all workers say the same", "actual": actual}
    message = f"the workers disagree, without any race: {actual}"
    return Verdict("failed", message, verdict.tried, evidence)


def _reports(evidence: Evidence) -> list[RequestRow]:
    """The requests to every worker afterwards; the increment has a name of its own."""
    return [row for row in evidence["requests"] if row["path"] == REPORT.path]


def not_repeatable(
    stepped: SteppedServer, program: Program, placements: tuple[str, ...]
) -> Verdict | None:
    """An inconclusive verdict when an app that is its own model responds differently each time.

    Only for a program with nothing before it: then a schedule begins where the last one ended.
    """
    if program.model != "serial" or program.before:
        return None
    for placement in placements:
        first, second = Oracle(program), Oracle(program)
        for oracle in (first, second):
            learn_serial_outcomes(stepped, oracle, placement)
        if first.serial != second.serial:
            return Verdict("inconclusive", _not_the_same(first, second), {"schedules": 0})
    return None


def _not_the_same(first: Oracle, second: Oracle) -> str:
    one, other = (" or ".join(sorted(oracle.serial)) for oracle in (first, second))
    return (
        "there is nothing to hold the app against: one after the other, the same requests were "
        f"answered {one}, and the second time {other}; name with --before a request that brings "
        "the app into the same state each time"
    )
