"""Faults that show without any schedule, when requests run one after the other."""

from collections.abc import Iterable
from dataclasses import replace

from workerlab.errors import BadUsage
from workerlab.evidence import Evidence, RequestRow
from workerlab.history import History
from workerlab.models.counter import count_in
from workerlab.servers import Server
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.invariants import broken
from workerlab.stepping.placeholders import is_like_an_id
from workerlab.stepping.program import PLACEMENTS, TWO_WORKERS, Program, Request
from workerlab.stepping.searching.attempts import REPLAYS
from workerlab.stepping.searching.disagreement import disagreements
from workerlab.stepping.searching.last_exception import last_exception
from workerlab.stepping.searching.oracle import (
    HEARD,
    outcome_in_words,
    said_in_full,
)
from workerlab.stepping.searching.outcome import (
    KEYS,
    Outcome,
    Path,
    differences,
    times_in,
    value_at,
)
from workerlab.stepping.searching.reference import Reference
from workerlab.stepping.searching.search import search
from workerlab.verdict import Verdict

SIGN_IN = (
    "sign in: --sign-in 'POST /token -d username=… -d password=…', "
    'or a header behind the request, -H "Authorization: Bearer …"'
)
ADVICE = {  # why a request may do nothing
    401: SIGN_IN,
    403: SIGN_IN,
    307: "write its path as the app has it, with or without the slash at its end",
    308: "write its path as the app has it, with or without the slash at its end",
    404: "make first what it asks for, in a request before (--before)",
    422: "give it the fields that its response names",
    429: "name with --before a request that resets the limit",
}
LEAST_TIME = 10**9  # seconds since 1970; no count gets there
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
    stepped: SteppedServer,
    reference: Reference,
    placements: tuple[str, ...],
    copies: bool = True,
) -> Verdict | None:
    """What an app that is its own model shows when nothing runs at once: a verdict, if it decides.

    Inconclusive when there is nothing to hold the app against; failed when two workers, asked one
    after the other, respond as no single worker does.

    copies   new workers are asked, too, which may keep copies; that takes a start of all workers
    """
    if reason := _nothing_to_hold_against(reference, stepped.server):
        return Verdict("inconclusive", reason, {"requests": _requests(reference)})
    if TWO_WORKERS not in placements or len(stepped.workers) < 2:
        return None
    for said in disagreements(stepped, reference, copies):
        message = f"the workers disagree, without any race: {said.words}"
        tried = {"requests": _requests(reference) + REPLAYS * said.requests}
        return Verdict("failed", message, tried, said.picture(stepped, reference, message))
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
    if reference.missing:
        raise BadUsage(reference.missing, "name a field that the response has")
    if program.invariants:
        if why := next(filter(None, (broken(program, run) for run in runs)), ""):
            return f"even one after the other, {why}: that is no race; correct the app or the invariant"
    elif reference.unstable or (not program.before and _grows(reference)):
        one, other = reference.unstable or (reference.first, reference.again)
        first, second = outcome_in_words(one), outcome_in_words(other)
        return (
            "there is nothing to hold the app against: one after the other, the same requests were "
            f"answered {first}, and the second time {second}; name with --before a request that "
            "brings the app into the same state each time, or a command (--reset-command)"
        )
    if why := _nobody_hears(program, runs):
        return why
    asked_at_once = [event for run in runs for event in run if event.client in program.names]
    if any(event.done for event in asked_at_once):
        return ""
    event = asked_at_once[0]
    advice = ADVICE.get(event.status or 0, "no request does what it should")
    answered = f"{event.method} {event.path} is answered {said_in_full(event)}"
    return f"nothing happened: {answered}, and no other request is answered 2xx; {advice}"


def _nobody_hears(program: Program, runs: Iterable[History]) -> str:
    """Why nothing can be said of the program's clients that listen, or ""."""
    for name, request in zip(program.listener_names, program.listeners, strict=True):
        heard = [event for run in runs for event in run if event.client == name]
        refused = next((event for event in heard if event.status not in HEARD), None)
        if refused:
            return f"nobody can listen: {request} is answered {said_in_full(refused)}"
        if not any(event.output for event in heard):
            return (
                f"a client that listens, {request}, is sent nothing, even when all requests go to its own "
                "worker; name requests that it must hear of"
            )
    return ""


def _grows(reference: Reference) -> bool:
    """Whether a number differs from run to run: not an id or a token, but state that is not reset."""
    one, other = reference.outcome(reference.first), reference.outcome(reference.again)
    return any(is_state(place, run) for place in differences(one, other) for run in (one, other))


def is_state(place: Path, outcome: Outcome) -> bool:
    """Whether what differs at a place is state that goes on: a number or a list, and no id or time.

    A large number or a fraction is the time. As many keys as before, but others, are ids that are drawn.
    """
    if place[-1] == KEYS or is_like_an_id(str(place[-1])) or place in times_in(outcome):
        return False
    value = value_at(outcome, place)
    return isinstance(value, list | dict) or (isinstance(value, int) and abs(value) < LEAST_TIME)
