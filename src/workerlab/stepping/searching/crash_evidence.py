"""One crash: its trace, its violation, and its evidence."""

from dataclasses import dataclass, replace

from workerlab.evidence import Evidence
from workerlab.history import History
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.program import TWO_WORKERS, Program
from workerlab.stepping.searching.evidence import evidence_of, request_row, response_text, row
from workerlab.stepping.searching.oracle import Violation


@dataclass(frozen=True)
class Crash:
    """The result of one crash point: its trace and its violation."""

    point: int
    killed: bool  # False when the request, and all that ran behind it, had ended before
    where: str
    trace: Trace
    history: History
    violation: Violation | None


def crash_evidence(program: Program, crash: Crash, replayed: int) -> Evidence:
    """The evidence of a crash: how far the request came, and the responses of the others."""
    assert crash.violation is not None  # only a loss is shown
    until = crash.point if crash.killed else None
    evidence = evidence_of(program, TWO_WORKERS, crash.trace, crash.violation, 0, replayed, until)
    asked_after = [event for event in crash.history if event.client == "-"][len(program.before) :]
    victim = next((e for e in crash.history if e.client == program.names[0]), None)
    if victim is None and asked_after:  # it died between two requests, of which this was the first
        victim = replace(asked_after.pop(0), client=program.names[0])
        evidence["steps"].append(row(victim, "response", source=response_text(victim)))
        evidence["requests"].append(request_row(victim))
    if victim is not None:  # else not even the requests before it had responses
        evidence["steps"].append(row(victim, "killed", note=f"killed {crash.where}"))
    evidence["requests"] += map(request_row, asked_after)
    evidence["crash_point"] = crash.point
    return evidence
