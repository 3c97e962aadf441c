"""Crash points: kill the worker at every gate of a request and check the state afterwards.

SIGKILL at gate 1, at gate 2, … of one request, then just after its response and at every
gate of what still runs after the response. After each: the next requests, on other
workers, must have responses within the deadline (a lock held by a dead worker is the
classic failure), acknowledged requests must still have their effect, and a worker that replaces the
dead one must not change anything. The killed request itself may have taken effect or not.
"""

import itertools
import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from workerlab.history import Event, History
from workerlab.linearizability.check import check
from workerlab.models.registry import MODELS
from workerlab.processes import activity
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.invariants import broken, invariant
from workerlab.stepping.placeholders import filled
from workerlab.stepping.program import TWO_WORKERS, Program, Request
from workerlab.stepping.searching.crash_evidence import Crash, crash_evidence
from workerlab.stepping.searching.oracle import Violation, response_in_words
from workerlab.stepping.searching.schedulers import Scheduler
from workerlab.verdict import Verdict

__all__ = ["DEADLINE_S", "CrashSearch"]

MOST_POINTS = 60
DEADLINE_S = 10.0
WHILE_IDLE = 0  # the number of the last crash point: a worker dies between two requests
LONG = 20  # characters of a response that is not repeated
REPLAYS, REPLAYS_OF_SILENCE = 3, 1  # a missing response has already been waited for to the end
Progress = Callable[[str], None]


class CrashScheduler(Scheduler):
    """Lets the one task go on, and kills its worker in place of its step number `point`.

    look   how often the stores have been at work so far; called before each step, results in `seen`
    """

    def __init__(self, point: int, pid: int, look: Callable[[], int | None]) -> None:
        self.point, self.pid, self.look = point, pid, look
        self.killed = False
        self.seen: list[int | None] = []

    def choose(self, step: int, enabled: tuple[str, ...], current: str | None) -> str:
        self.seen.append(self.look())
        if step == self.point and not self.killed:
            kill(self.pid)
            self.killed = True
        return current if current is not None else enabled[0]


class CrashSearch:
    """The crash points of one request, tried one after the other on one stepped server."""

    def __init__(
        self,
        stepped: SteppedServer,
        program: Program,
        deadline: float,
        progress: Progress | None = None,
        then: str = "",
    ) -> None:
        self.stepped, self.program, self.deadline = stepped, program, deadline
        self.then = Program.parse(then).requests if then else ()
        self.progress = progress or (lambda text: None)
        self.points = self.requests = self.not_again = 0
        self._at_work: dict[int, bool] = {}

    def run(self) -> Verdict:
        """Try every crash point. Stops at the first that leaves something wrong."""
        for point in range(1, MOST_POINTS):
            self.progress(f"crash point {point}")
            crash = self.at(point)
            if crash.violation and (replayed := self._replays(crash)):
                return self._failed(crash, crash.violation, replayed)
            if not crash.killed:  # this was the point just after its end
                break
        else:
            tried = f"gave up after {MOST_POINTS} crash points: the request never ends"
            return Verdict("inconclusive", tried, self._tried())
        self.progress("a killed worker is replaced")
        crash = self.at(WHILE_IDLE)
        if crash.violation and (replayed := self._replays(crash)):
            return self._failed(crash, crash.violation, replayed)
        return self._survived()

    def at(self, point: int) -> Crash:
        """Run the request anew and kill its worker at `point`, or at its end if that is sooner."""
        self.points += 1
        crash = self._between_requests() if point == WHILE_IDLE else self._in_the_request(point)
        self.requests += len(crash.history)
        return crash

    def replay(self, point: int) -> Verdict:
        """Only this crash point, once."""
        crash = self.at(point)
        violation = crash.violation
        return self._failed(crash, violation, 1) if violation else self._survived()

    def _in_the_request(self, point: int) -> Crash:
        if len(self.stepped.workers) < 2:
            self.stepped.refresh()
        victim = self.stepped.workers[0]
        scheduler = CrashScheduler(point, victim, self._turns_of_stores)
        trace = self.stepped.run(self.program, TWO_WORKERS, scheduler, explain=True)
        self._note(scheduler)
        where = self._place(trace, point) if scheduler.killed else "just after its answer"
        history = trace.history
        if trace.end != "not begun":
            kill(victim)
            self.stepped.forget(victim)
            history = History([*history, *self._asked_after(history)])
        return Crash(point, scheduler.killed, where, trace, history, self._violation(history))

    @property
    def steps_on_stores(self) -> int:
        """At how many steps of the request its stores were at work, as far as was seen.

        A step that takes several operations on a store is one step here.
        """
        return sum(self._at_work.values())

    def _turns_of_stores(self) -> int | None:
        return activity.turns(activity.with_descendants(self.stepped.services))

    def _note(self, scheduler: CrashScheduler) -> None:
        """A store wakes up by itself now and then: so a step counts if it did so every time."""
        turns = [*scheduler.seen, *([] if scheduler.killed else [self._turns_of_stores()])]
        for step, (before, after) in enumerate(itertools.pairwise(turns)):
            self._at_work[step] = self._at_work.get(step, True) and before != after

    def _place(self, trace: Trace, point: int) -> str:
        """Where in the request the worker died: before a line, or when no line was left."""
        decision = trace.decisions[point] if point < len(trace.decisions) else None
        if decision is None or decision.stop is None or decision.chosen not in self.program.names:
            return "after its last line"
        return f"before line {decision.stop.line}: {decision.stop.source}"

    def _asked_after(self, history: History) -> list[Event]:
        """The same request again, the further requests, and the report: to each other worker."""
        program = filled(self.program, history)
        events = []
        for pid in self.stepped.workers:
            for request in (*program.requests, *self.then, *program.after):
                events.append(self.stepped.ask(request, pid, timeout=self.deadline))
                if events[-1].unknown:
                    return events
        return events

    def _between_requests(self) -> Crash:
        """A worker that replaces a dead one must find the acknowledged requests."""
        history = History(self.stepped.ask(before) for before in self.program.before)
        program = filled(self.program, history)
        history.append(self.stepped.ask(program.requests[0]))
        kill(self.stepped.workers[0])
        self.stepped.refresh()
        for pid in self.stepped.workers:
            history += [self.stepped.ask(last, pid) for last in program.after]
        where = "while it was idle, and was replaced"
        return Crash(WHILE_IDLE, True, where, Trace(), history, self._violation(history))

    def _replays(self, crash: Crash) -> int:
        """How often the same crash point lost again; 0 unless it did so every time."""
        silence = any(event.unknown and event.client == "-" for event in crash.history)
        replays = REPLAYS_OF_SILENCE if silence else REPLAYS
        for _ in range(replays):
            if self.at(crash.point).violation is None:
                self.not_again += 1
                return 0
        return replays

    def _violation(self, history: History) -> Violation | None:
        return violation_after_a_crash(self.program, history, self.deadline)

    def _survived(self) -> Verdict:
        if self.not_again:
            message = (
                f"{self.not_again} of {self.points} crashes lost something once and did not again; "
                "run the check again on a quieter machine"
            )
            return Verdict("inconclusive", message, self._tried())
        held = (
            "every invariant held" if self.program.invariants else "nothing acknowledged was lost"
        )
        message = f"killed at {self.points} points, {held}"
        return Verdict("passed", message, self._tried())

    def _failed(self, crash: Crash, violation: Violation, replayed: int) -> Verdict:
        evidence = crash_evidence(self.program, crash, replayed)
        evidence["then"] = " | ".join(map(str, self.then))
        message = in_words(violation, crash.where)
        return Verdict("failed", message, self._tried(), evidence)

    def _tried(self) -> dict[str, int]:
        return {"crash_points": self.points, "requests": self.requests}


def in_words(violation: Violation, where: str) -> str:
    """The kind of fault, and in a line of its own what was seen after the crash there."""
    seen = f"It was killed {where}. Then: {violation.actual}; expected: {violation.expected}"
    return f"A worker was killed, and {violation.kind}.\n{seen}"


def violation_after_a_crash(
    program: Program, history: History, deadline: float
) -> Violation | None:
    """What is wrong with the responses after the worker of the program's request was killed."""
    model = MODELS[program.model]
    refuses = model.refuses or bool(program.invariants)
    for event in history:
        killed = event.client == program.names[0]
        if event.unknown and not killed:
            what = f"an answer to {event.method} {event.path} within {deadline:g} s"
            actual = response_in_words(event)
            return Violation(f"{what}, on another worker", actual, "then a request got no answer")
        if not event.unknown and not event.ok and ((event.status or 500) >= 500 or not refuses):
            asked = f"{event.method} {event.path}"
            actual = f"{asked} {response_in_words(event)}"
            return Violation("every request is answered 200", actual, "then a request failed")
    if program.invariants:
        why = broken(program, _named(program, history))
        names = " and ".join(f"{invariant(each).name} holds" for each in program.invariants)
        kind = "then a rule did not hold"
        return Violation(f"{names} after every crash", why, kind) if why else None
    result = check(model.read(history), model)
    if result.ok is False:
        actual = f"{result.reason} ({_seen(program, history)})"
        kind = "what it had done was lost, half done, or done twice"
        return Violation("what was acknowledged is still there, once", actual, kind)
    return None


def _named(program: Program, history: History) -> list[Event]:
    """The same history, in which the requests after a crash have names, as those after a run have."""
    first = len(program.before)
    return [
        replace(event, client=event.path.strip("/"))
        if at >= first and event.client == "-"
        else event
        for at, event in enumerate(history)
    ]


def _seen(program: Program, history: History) -> str:
    """Each response; a long one that is as the one before, to this path, is not said again."""
    words, last = [], dict[str, str]()
    for event in history:
        died = event.unknown and event.client == program.names[0]
        path, said = event.path.strip("/"), "killed" if died else response_in_words(event)
        again = len(said) > LONG and last.get(path) == said
        words.append(f"{path} {'as before' if again else said}")
        last[path] = said
    return ", ".join(words)


def kill(pid: int) -> None:
    """The worker is gone at once: no handler of its own runs."""
    with suppress(ProcessLookupError):  # it has been killed before
        os.kill(pid, signal.SIGKILL)


def crash_points(
    stepped: SteppedServer,
    request: str | Request = "POST /increment",
    *,
    before: str = "POST /reset",
    after: str = "GET /report",
    then: str = "",
    model: str = "counter",
    invariants: Iterable[str | Callable[[Any], object]] = (),
    deadline: float = DEADLINE_S,
    progress: Progress | None = None,
) -> Verdict:
    """Kill a worker at every point of `request`; see the module's text for the rules.

    then       further requests, after the same one again, that each other worker must serve
    invariants functions of a run that must be true after each crash, in place of a model:
               `run.after` are the responses since the crash, the last report at its end
    deadline   seconds within which the other workers must respond after a crash

    Returns a Verdict whose `tried` counts the crash points. Needs a stepped server with three workers or
    more to go fast: with two, each crash waits for the replacement of the one before.
    """
    program = Program.parse(str(request), before=before, after=after, model=model)
    program = replace(program, invariants=tuple(invariant(each) for each in invariants))
    return CrashSearch(stepped, program, deadline, progress, then).run()
