"""Increments at full speed, with no worker held: the second opinion on a counter."""

from __future__ import annotations

import json
from dataclasses import replace

from workerlab.draw.timeline_evidence import burst_evidence
from workerlab.draw.timeline_order import Order
from workerlab.grading.api import CheckFailed, CheckInconclusive
from workerlab.grading.behind.bursts import UNHELD
from workerlab.history import History
from workerlab.linearizability.check import check as fits_one_order
from workerlab.models.counter import counter, counter_operations
from workerlab.servers import Server
from workerlab.traffic import burst
from workerlab.verdict import Verdict

__all__ = ["must_fit_one_order"]

TWO_INCREMENTS = "POST /increment | POST /increment"  # the program of a search
INCREMENTS = 200  # enough for an app that reads first and writes later
RESPONSE_S = 10.0  # seconds that one request may take


def at_full_speed(server: Server, verdict: Verdict) -> Verdict:
    """Many increments at once, with no worker held: each response must have a count of its own.

    The second opinion on an app that no schedule makes lose every time, as `verdict` says: it may
    do its work where the engine cannot hold it, in another process say, or give up by a timer of
    its own. Returns the verdict as it is after that. Raises CheckFailed for a report of no count.
    """
    start = _report(server)
    history = burst(
        server, [("POST", "/increment")] * INCREMENTS, 24,
        connections="keep-alive", timeout=RESPONSE_S,
    )  # fmt: skip
    tried = verdict.tried | {"requests": verdict.tried["requests"] + 1 + len(history)}
    try:
        must_fit_one_order(history, start)
    except CheckInconclusive as error:
        return Verdict("inconclusive", str(error), tried)
    except CheckFailed as error:
        message = f"{error}\n{UNHELD}"
        return Verdict("failed", message, tried, error.evidence)
    return replace(verdict, tried=tried)


def _report(server: Server) -> int:
    """The count before the increments."""
    (event,) = burst(server, [("GET", "/report")], 1, timeout=RESPONSE_S)
    (report,) = counter_operations([event]) if event.ok else (None,)
    if report is None or type(report.output) is not int:
        message = (
            event.error if event.unknown else f"{event.status} {json.dumps(event.output)[:80]}"
        )
        raise CheckFailed(f'GET /report answered {message}; the contract is {{"count": n}}')
    return report.output


def must_fit_one_order(history: History, start: int = 0) -> None:
    """Every response is 200, and one order of the requests fits them all.

    start   the count before the first of them

    Raises CheckFailed, with the burst as evidence, and CheckInconclusive.
    """
    if refused := [event for event in history if not event.ok]:
        worst = refused[0]
        message = worst.error if worst.unknown else f"status {worst.status}"
        raise CheckFailed(
            f"{len(refused)} of {len(history)} requests of a burst were not answered 200; the "
            f"first of them: {worst.method} {worst.path} ({message})",
            burst_evidence(
                history, Order(first_illegal=worst, reason=f"not answered 200 ({message})")
            ),
        )
    result = fits_one_order(counter_operations(history), counter.starting_at(start))
    if result.ok is None:
        raise CheckInconclusive(f"the burst's answers could not be put in order: {result.reason}")
    if not result.ok:
        message = f"no order of the {len(history)} requests fits their answers: {result.reason}"
        raise CheckFailed(message, burst_evidence(history, result))
