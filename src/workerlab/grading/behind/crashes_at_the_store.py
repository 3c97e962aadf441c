"""A worker that is killed between two steps of its request on a store, seen by a gate or not.

The instance on the wire is stopped before a step, as in `at_the_store`, and killed there; the
piece that waits never arrives. The responses of the others must be right then, as after any crash point.
"""

from __future__ import annotations

from workerlab.grading.behind.meetings import Meetings
from workerlab.history import History
from workerlab.stepping.controller.free_request import ask_alone
from workerlab.stepping.program import Program, Request
from workerlab.stepping.searching.crash_points import in_words, kill, violation_after_a_crash
from workerlab.verdict import Verdict

LOOK_S = 0.002


def crash(
    meetings: Meetings, program: Program, then: tuple[Request, ...], deadline: float, seen: int
) -> Verdict:
    """Kill the worker of the program's one request between any two of its steps on a store.

    then, deadline   as for `stepping.crash.crash_points`
    seen             at how many steps that the engine saw the stores were at work: when that is
                     all of them, it has killed the worker there, and there is no need
    """
    points = requests = 0
    steps = meetings.steps_alone(program, 0)
    for step in range(1, steps if steps > seen else 1):
        history = _killed_before(meetings, program, step, then, deadline)
        points += 1
        requests += len(history)
        if violation := violation_after_a_crash(program, history, deadline):
            message = in_words(violation, f"before step {step + 1} on its store")
            tried = {"crash_points": points, "requests": requests}
            return Verdict("failed", message, tried, meetings.evidence(program, history))
    tried = {"crash_points": points, "requests": requests}
    return Verdict("passed", f"killed at {points} steps on the store", tried)


def _killed_before(
    meetings: Meetings, program: Program, step: int, then: tuple[Request, ...], deadline: float
) -> History:
    """The requests: to the worker that died, then to the others and to its replacement."""
    history, program = meetings.before(program)
    name, request = program.names[0], program.requests[0]
    pid, _ = line = meetings.own_line()
    with meetings.stop.before(step) as stopped:
        asked = meetings.begin(line, request, name)
        while not stopped.wait(LOOK_S) and not asked.done():
            pass
        kill(pid)
        meetings.stop.lose()
    history.append(asked.result())
    for place in range(2):
        for later in (request, *then, *program.after):
            pid, connection = meetings.line(place)
            history.append(ask_alone(connection, later, "-", pid, deadline))
            if history[-1].unknown:
                break
    meetings.held.restart()
    history += [meetings.ask(meetings.own_line(), later, "-") for later in program.after]
    return history
