"""The runs of a level in which the worker of A is killed: before each of its steps, and after all.

Then B is asked on another worker, and what is left. A worker that is killed tells nothing of its
last steps any more, so the values up to there are those of the run in which nobody is killed; the
lines are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from workerlab.evidence import Step
from workerlab.history import Event
from workerlab.levels.level import KILL
from workerlab.levels.tree import Moved, RunsDiffer
from workerlab.levels.words import said
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.program import TWO_WORKERS, Program
from workerlab.stepping.searching.crash_points import CrashScheduler, kill
from workerlab.stepping.searching.evidence import row, steps_by_choice

PATIENT_S = 10.0  # seconds for B, however busy it is: who waits longer waits for the dead
NEVER = 10_000  # no request has so many steps


def killed_runs(
    stepped: SteppedServer, program: Program
) -> Iterator[tuple[list[Moved], list[Event]]]:
    """Each run with its choices and its responses."""
    alone = replace(program, requests=program.requests[:1], after=())
    _run(stepped, alone, NEVER)  # which imports, and connects
    whole = _run(stepped, alone, NEVER)
    steps = steps_by_choice(alone, whole)
    for step in filter(_is_response, _flat(steps)):
        step["source"] = said(whole.history[-1])
    for point in range(1, len(steps) + 1):
        victim = stepped.workers[0]
        trace = _run(stepped, alone, point)
        kill(victim)  # again, if it was killed before
        stepped.forget(victim)
        _must_be_alike(alone, whole, trace, point)
        moves = [_moved(at, steps[at]) for at in range(point)]
        killed = row(trace.history[-1], "killed", note="its worker is killed")
        moves.append(Moved(KILL, (*(["A"] if point < len(steps) else []), KILL), (killed,)))
        events = [*_first(trace, answered=any(map(_is_response, _flat(steps[:point]))))]
        [asked, *later] = [
            stepped.ask(request, stepped.workers[0], PATIENT_S)
            for request in (*program.requests[1:], *program.after)
        ]
        asked = replace(asked, client="B")
        answer = row(asked, "response", source=said(asked))
        whole_b = row(asked, "whole", note=f"{asked.method} {asked.path} runs on another worker")
        moves.append(Moved("B", ("B",), (whole_b, answer)))
        names = zip(program.last_names, later, strict=True)
        yield moves, [*events, asked, *(replace(event, client=name) for name, event in names)]


def _run(stepped: SteppedServer, alone: Program, point: int) -> Trace:
    if len(stepped.workers) < 2:
        stepped.refresh()
    scheduler = CrashScheduler(point, stepped.workers[0], lambda: None)
    return stepped.run(alone, TWO_WORKERS, scheduler, explain=True)


def _moved(at: int, steps: list[Step]) -> Moved:
    """A moves; from its first step on its worker can be killed instead."""
    return Moved("A", ("A", KILL) if at else ("A",), tuple(steps))


def _must_be_alike(alone: Program, whole: Trace, trace: Trace, point: int) -> None:
    """Raises RunsDiffer unless both have run the same lines up to there."""
    lines = [
        [[step["line"] for step in steps] for steps in steps_by_choice(alone, one)[:point]]
        for one in (whole, trace)
    ]
    if lines[0] != lines[1]:
        raise RunsDiffer(f"until the kill A ran the lines {lines[1]}, and without it {lines[0]}")


def _flat(steps: list[list[Step]]) -> list[Step]:
    return [step for some in steps for step in some]


def _is_response(step: Step) -> bool:
    return step["kind"] == "response"


def _first(trace: Trace, *, answered: bool) -> Iterator[Event]:
    """The event of A. One that is killed before its response has none."""
    for event in trace.history:
        if event.client == "A":
            yield event if answered else replace(event, status=None, returned=None, output=None)
