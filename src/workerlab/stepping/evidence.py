"""A losing schedule as evidence: the student's own lines, the values, whose turn it was."""

from collections.abc import Iterator
from pathlib import Path

from workerlab.history import Event
from workerlab.stepping.judge import Loss, answer_of
from workerlab.stepping.program import Program
from workerlab.stepping.schedule import Decision, Trace
from workerlab.verdict import Evidence, Step


def evidence_of(
    program: Program,
    placement: str,
    trace: Trace,
    loss: Loss,
    seed: int,
    replayed: int,
    until: int | None = None,
) -> Evidence:
    """What is shown of a loss, and all that is needed to run it again.

    until   how many of the choices are shown; all unless given
    """
    events = {event.client: event for event in trace.history if event.client != "-"}
    return {
        "schedule": trace.schedule,
        "steps": list(_steps(trace, _on_the_stage(program, events), until)),
        "program": str(program),
        "before": " | ".join(map(str, program.before)),
        "after": " | ".join(map(str, program.after)),
        "model": program.model,
        "placement": placement,
        "requests": [request_row(event) for event in events.values()],
        "expected": loss.expected,
        "actual": loss.actual,
        "seed": seed,
        "replayed": replayed,
    }


def _on_the_stage(program: Program, events: dict[str, Event]) -> dict[str, Event]:
    """Those that ran at once. What is asked when they are done has no part in the schedule."""
    return {name: events[name] for name in program.names if name in events}


def request_row(event: Event) -> dict:
    return {
        "task": event.client,
        "method": event.method,
        "path": event.path,
        "worker": event.pid,
        "status": event.status,
        "output": event.output,
    }


def _steps(trace: Trace, events: dict[str, Event], until: int | None) -> Iterator[Step]:
    """A step for each choice, and beside them the answers and who waited for whom."""
    waiting: set[str] = set()
    for index, decision in enumerate(trace.decisions[:until]):
        for name in decision.blocked:
            if name not in waiting and name in events:
                yield row(events[name], "blocked", note="waits")
        waiting = set(decision.blocked)
        if decision.chosen not in events:
            continue
        if step := _step(trace, index, events[decision.chosen]):
            yield step
        for name in trace.answers.get(index, ()):
            if name in events:
                yield row(events[name], "response", source=answer_text(events[name]))


def _step(trace: Trace, index: int, event: Event) -> Step | None:
    """The row of one choice: the line it went on from; at the start, the await it ran to."""
    decision = trace.decisions[index]
    after = _next_of_same(trace, index)
    starting = decision.stop is None
    stop = after.stop if starting and after else decision.stop
    if stop is None:
        return None
    details = after.stop.details if after and after.stop else {}
    interrupted = index + 1 < len(trace.decisions) and trace.decisions[index + 1].preempts
    wrote = stop.details.get("wrote") or details.get("stored")
    return {
        "worker": event.pid,
        "task": decision.chosen,
        "file": Path(stop.file).name,
        "line": stop.line,
        "source": stop.source,
        "read": None if wrote or starting else details.get("read"),
        "wrote": None if starting else wrote,
        "kind": stop.kind,
        "preempted": interrupted,
        "note": None,
    }


def _next_of_same(trace: Trace, index: int) -> Decision | None:
    """The same task's next choice: where the values of this step were seen."""
    chosen = trace.decisions[index].chosen
    later = (d for d in trace.decisions[index + 1 :] if d.chosen == chosen)
    return next(later, None)


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


def answer_text(event: Event) -> str:
    if event.ok and isinstance(event.output, dict):
        return f"{event.status} {str(event.output).replace(chr(39), chr(34))}"
    return answer_of(event)
