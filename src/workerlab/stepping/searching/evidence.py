"""A losing schedule as evidence: the student's own lines, the values, and the task of each step."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from workerlab.evidence import Anomaly, Evidence, RequestRow, Step
from workerlab.history import Event
from workerlab.stepping.controller.stop import Stop
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.invariants import invariant
from workerlab.stepping.lease import is_expiry, owner_of
from workerlab.stepping.program import START, Program, in_one_text
from workerlab.stepping.protocol import STARTS
from workerlab.stepping.searching.first_illegal import first_illegal_response
from workerlab.stepping.searching.oracle import Violation, response_in_words
from workerlab.stepping.searching.shown_values import Shown, ShownValues

OUT_OF_DATE = "out of date"  # the note at a write that was made of an old value


def evidence_of(
    program: Program,
    placement: str,
    trace: Trace,
    violation: Violation,
    seed: int,
    replayed: int,
    until: int | None = None,
    anomaly: Anomaly | None = None,
    harm: int | None = None,
) -> Evidence:
    """The evidence of a loss: its picture's data, and all that is needed to run it again.

    until     how many of the choices are shown; all unless given
    anomaly   its name, where it has one
    harm      the choice that let the step come which did the harm, where that is known
    """
    events = {str(event.client): event for event in trace.history if event.client != "-"}
    evidence: Evidence = {
        "schedule": trace.schedule,
        "steps": list(_steps(trace, _at_once(program, events), until, harm)),
        "program": str(program),
        "before": in_one_text(program.before),
        "after": in_one_text(program.after),
        "model": program.model,
        "placement": placement,
        "requests": [request_row(event) for event in trace.history if event.client != "-"],
        "expected": violation.expected,
        "actual": violation.actual,
        "seed": seed,
        "replayed": replayed,
    }
    if trace.expired:
        evidence["leases"] = {
            name: {"place": lease.place, "key": lease.key_in_words, "seconds": lease.seconds}
            for name, lease in trace.leases.items()
            if name in trace.expired
        }
    evidence |= question_of(program)
    if anomaly:
        evidence["anomaly"] = anomaly
    culprit = first_illegal_response(program, trace.history)
    if culprit and culprit.client != "-":  # the requests before are not shown
        evidence |= {"breaks": str(culprit.client), "breaks_worker": culprit.pid}
    return evidence


def question_of(program: Program) -> Evidence:
    """What else was asked, as far as anything was: who signed in, what was not compared."""
    question: Evidence = {}
    if program.sign_in:
        question["sign_in"] = in_one_text(program.sign_in)
    if program.listeners:
        question["listen"] = in_one_text(program.listeners)
    if program.ignore:
        question["ignore"] = [*program.ignore]
    if program.invariants:
        question["invariants"] = [invariant(each).text for each in program.invariants]
    return question


def steps_of(program: Program, trace: Trace) -> list[Step]:
    """All steps of a trace, in order, beside the responses and which task waited for which."""
    events = {str(event.client): event for event in trace.history if event.client != "-"}
    return list(_steps(trace, _at_once(program, events), None))


def steps_by_choice(program: Program, trace: Trace) -> list[list[Step]]:
    """What each choice of a trace led to: steps, responses, and what ran out. No row says "waits"."""
    events = _at_once(
        program, {str(event.client): event for event in trace.history if event.client != "-"}
    )
    found: list[list[Step]] = [[] for _ in trace.decisions]
    for index, step in _numbered(trace, events, None):
        if step["kind"] != "blocked":
            found[index].append(step)
    return found


def _at_once(program: Program, events: dict[str, Event]) -> dict[str, Event]:
    """The requests that ran at once. The last requests have no part in the schedule."""
    return {name: events[name] for name in program.names if name in events}


def request_row(event: Event) -> RequestRow:
    return {
        "task": str(event.client),
        "method": event.method,
        "path": event.path,
        "worker": event.pid,
        "status": event.status,
        "output": event.output,
    }


def _steps(
    trace: Trace, events: dict[str, Event], until: int | None, harm: int | None = None
) -> Iterator[Step]:
    """The steps of each choice, and beside them the responses and which task waited for which."""
    return (step for _, step in _numbered(trace, events, until, harm))


def _numbered(
    trace: Trace, events: dict[str, Event], until: int | None, harm: int | None = None
) -> Iterator[tuple[int, Step]]:
    """The same, each with the number of its choice."""
    waiting: set[str] = set()
    for index, moves in enumerate(_moves(trace)[:until]):
        blocked = trace.decisions[index].blocked
        for name in blocked:
            if name not in waiting and name in events:
                yield index, row(events[name], "blocked", note="waits")
        waiting = set(blocked)
        if is_expiry(name := trace.schedule[index]):
            note = f"{trace.leases[name]} runs out"
            yield index, row(events[owner_of(name)], "expired", note=note)
        shown = [move for move in moves if move[0] in events]
        for name, stop, values in shown:
            interrupted = (name, stop, values) == shown[-1] and _preempted_after(trace, index)
            step = _step(events[name], stop, values, interrupted)
            if index == harm and step["wrote"] is not None:
                step["note"], harm = OUT_OF_DATE, None
            yield index, step
        for name in trace.responses.get(index, ()):
            if name in events:
                yield index, row(events[name], "response", source=response_text(events[name]))
    for name in _waits_at_the_end(trace, events) if until is None else ():
        if name not in waiting:
            yield len(trace.decisions), row(events[name], "blocked", note="waits")


def _waits_at_the_end(trace: Trace, events: dict[str, Event]) -> Iterable[str]:
    """The tasks that wait when no task moves: in a deadlock, all that have no response."""
    if trace.end != "stuck":
        return trace.waits
    return [name for name, event in events.items() if event.unknown]


Move = tuple[str, Stop, Shown | None]
"""A task's name, a step of it, and the values that this one read and wrote."""


def _moves(trace: Trace) -> list[list[Move]]:
    """For each choice the steps it led to: the one let go, and those at which no task was held.

    A choice without any shows where it ran to, an await, of which no values are known yet.
    """
    moves: list[list[Move]] = []
    values = ShownValues(trace)
    following: dict[str, Stop] = dict(trace.held)
    for index, decision in reversed([*enumerate(trace.decisions)]):
        if index in trace.idle and decision.stop and decision.stop.kind != STARTS:
            moves.append([])
            continue
        steps = [(decision.chosen, decision.stop)] if decision.stop else []
        steps += trace.passed.get(index, [])
        found: list[Move] = []
        for name, stop in reversed(steps):
            found.append((name, stop, values.of(name, stop)))
            following[name] = stop
        if not steps and decision.chosen in following:
            found.append((decision.chosen, following[decision.chosen], None))
        moves.append(found[::-1])
    return moves[::-1]


def _preempted_after(trace: Trace, index: int) -> bool:
    """Whether another task goes on, with a time-to-live that runs out in between or not."""
    following = trace.decisions[index + 1 :]
    task = next((one.chosen for one in following if not is_expiry(one.chosen)), None)
    could_go_on = bool(following) and following[0].current == trace.schedule[index]
    return could_go_on and task not in (None, trace.schedule[index])


def expiries_in_words(trace: Trace) -> str:
    """What ran out in a schedule: "the time-to-live of 'lock' (10 s) ran out"."""
    return " and ".join(
        f"{trace.leases[name]} of {owner_of(name)} ran out" for name in trace.expired
    )


def _step(event: Event, stop: Stop, values: Shown | None, interrupted: bool) -> Step:
    if stop.kind == STARTS:
        return row(event, STARTS, note="starts: imports the app, then its lifespan")
    step = row(event, stop.kind, stop.source)
    step |= {"file": Path(stop.file).name, "line": stop.line, "preempted": interrupted}
    if values is not None:
        step |= {"read": values.read, "wrote": values.wrote}
    return step


def row(event: Event, kind: str, source: str = "", note: str | None = None) -> Step:
    return {
        "worker": event.pid,
        "task": str(event.client),
        "file": "",
        "line": 0,
        "source": source,
        "read": None,
        "wrote": None,
        "kind": kind,
        "preempted": False,
        "note": note,
    }


def response_text(event: Event) -> str:
    if event.method == START and event.ok:
        return "is up"
    if event.ok and isinstance(event.output, dict):
        return f"{event.status} {str(event.output).replace(chr(39), chr(34))}"
    return response_in_words(event)
