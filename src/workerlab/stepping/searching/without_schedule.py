"""Faults that show without any schedule, when requests run one after the other."""

from dataclasses import replace

from workerlab.evidence import Evidence, RequestRow
from workerlab.history import History
from workerlab.models.counter import count_in
from workerlab.servers import Server
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.program import PLACEMENTS, TWO_WORKERS, Program, Request
from workerlab.stepping.searching.evidence import evidence_of
from workerlab.stepping.searching.last_exception import last_exception
from workerlab.stepping.searching.oracle import (
    Oracle,
    Violation,
    outcome_in_words,
    response_in_words,
)
from workerlab.stepping.searching.reference import (
    Path,
    Reference,
    differences,
    one_by_one,
    outcome_of,
    value_at,
)
from workerlab.stepping.searching.schedulers import SerialScheduler
from workerlab.stepping.searching.search import REPLAYS, learn_serial_outcomes, search
from workerlab.verdict import Verdict

ADVICE = {  # why a request may do nothing
    401: 'sign in: put a header behind the request, -H "Authorization: Bearer …"',
    403: 'sign in: put a header behind the request, -H "Authorization: Bearer …"',
    307: "write its path as the app has it, with or without the slash at its end",
    308: "write its path as the app has it, with or without the slash at its end",
    404: "make first what it asks for, in a request before (--before)",
    422: "give it the fields that its response names",
    429: "name with --before a request that resets the limit",
}
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


def judged_without_schedule(
    stepped: SteppedServer, reference: Reference, placements: tuple[str, ...]
) -> Verdict | None:
    """What an app that is its own model shows when nothing runs at once: a verdict, if it decides.

    Inconclusive when there is nothing to hold the app against; failed when two workers, asked one
    after the other, respond as no single worker does.
    """
    if reason := _nothing_to_hold_against(reference, stepped.server):
        return Verdict("inconclusive", reason, {"requests": _requests(reference)})
    if TWO_WORKERS not in placements or len(stepped.workers) < 2:
        return None
    for order in reference.runs:
        for _ in range(REPLAYS):
            run = one_by_one(stepped, reference.program, order, stepped.workers)
            if not (said := _disagreement(reference, run, stepped.workers)):
                break
        else:
            message = f"the workers disagree, without any race: {said}"
            tried = {"requests": _requests(reference) + REPLAYS * len(run)}
            return Verdict("failed", message, tried, _picture(stepped, reference, order, message))
    return None


def _requests(reference: Reference) -> int:
    return 2 * sum(map(len, reference.runs.values()))


def _nothing_to_hold_against(reference: Reference, server: Server) -> str:
    """Why the runs on one worker say nothing of the app, or ""."""
    runs, program = reference.runs.values(), reference.program
    for event in (event for run in runs for event in run):
        asked = f"{event.method} {event.path}"
        if event.unknown:
            return f"{asked} gets no response, even alone ({event.error})"
        if (event.status or 0) >= 500:
            why = last_exception(server.log)
            return f"{asked} is answered {event.status}, even alone{why}: that is no race; fix it first"
    if reference.unstable or (not program.before and _grows(reference)):
        one, other = reference.unstable or (reference.first, reference.again)
        first, second = outcome_in_words(one), outcome_in_words(other)
        return (
            "there is nothing to hold the app against: one after the other, the same requests were "
            f"answered {first}, and the second time {second}; name with --before a request that "
            "brings the app into the same state each time"
        )
    asked_at_once = [event for run in runs for event in run if event.client in program.names]
    if any(event.ok for event in asked_at_once):
        return ""
    event = asked_at_once[0]
    advice = ADVICE.get(event.status or 0, "no request does what it should")
    answered = f"{event.method} {event.path} is answered {response_in_words(event)}"
    return f"nothing happened: {answered}, and no other request is answered 2xx; {advice}"


def _grows(reference: Reference) -> bool:
    """Whether a number differs from run to run: not an id or a token, but state that is not reset."""
    one, other = outcome_of(reference.first), outcome_of(reference.again)
    return any(
        isinstance(value_at(run, place), int | float | list | dict)
        for place in differences(one, other)
        for run in (one, other)
    )


def _disagreement(reference: Reference, run: History, pids: list[int]) -> str:
    """In words, how a run on several workers differs from all runs on one; "" when it does not."""
    asked = History(event for event in run if " of " not in str(event.client))
    if reference.key(asked) not in reference.right:
        right = " or ".join(sorted({outcome_in_words(one) for one in reference.runs.values()}))
        return f"one after the other, on several workers: {outcome_in_words(asked)}; on one worker: {right}"
    for event in run:
        name, of, _ = str(event.client).partition(" of ")
        first = next(one for one in run if one.client == name)
        mine, its = ({name: [each.status, each.output]} for each in (event, first))
        places = [place for place in differences(mine, its) if place not in reference.volatile]
        if of and any(not _names_its_worker(mine, its, place, pids) for place in places):
            return (
                f"after the same requests, {event.method} {event.path} is answered "
                f"{response_in_words(first)} by one worker and {response_in_words(event)} by another"
            )
    return ""


def _names_its_worker(mine: object, its: object, place: Path, pids: list[int]) -> bool:
    """Whether a value differs only since it is, or has in it, the number of its process."""
    values = {str(value_at(each, place)) for each in (mine, its)}
    return all(any(str(pid) in value for pid in pids) for value in values)


def _picture(
    stepped: SteppedServer, reference: Reference, order: tuple[str, ...], message: str
) -> Evidence | None:
    """The run as a schedule; None when that does not show the same, since it waits for a time, say."""
    program = reference.program
    asked_of_all = replace(program, after=program.after * len(stepped.workers))
    oracle, scheduler = Oracle(asked_of_all), SerialScheduler(order)
    learn_serial_outcomes(stepped, oracle)
    scheduler.new_execution()
    trace = stepped.run(asked_of_all, TWO_WORKERS, scheduler, explain=True)
    if trace.end != "finished" or oracle.violation(trace.history) is None:
        return None
    violation = Violation("all workers say what one worker would", message)
    return evidence_of(asked_of_all, TWO_WORKERS, trace, violation, 1, REPLAYS)
