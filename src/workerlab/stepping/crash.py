"""Crash points: kill the worker at every gate of a request and see what is left.

SIGKILL at gate 1, at gate 2, … of one request, then just after its answer and at every
gate of what still runs behind the answer. After each: the next requests, on other
workers, must be answered within the deadline (a lock held by the dead is the classic
failure), what had been acknowledged must still be there, and a worker that replaces the
dead one must not change anything. The killed request itself may have taken effect or not.
"""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field

from workerlab.history import Event, History
from workerlab.linearizability import check
from workerlab.models import MODELS, counter_operations
from workerlab.stepping.evidence import evidence_of
from workerlab.stepping.judge import Loss, answer_of
from workerlab.stepping.program import Program, Request
from workerlab.stepping.schedule import Trace
from workerlab.stepping.stages import TWO_WORKERS, Stage
from workerlab.verdict import Verdict

MOST_POINTS = 60
Progress = Callable[[str], None]


@dataclass
class _KillAt:
    """Lets the one task go on, and kills its worker in place of its step number `point`."""

    point: int
    pid: int
    kill: Callable[[int], None]
    killed: bool = False

    def __call__(self, step: int, enabled: tuple[str, ...], current: str | None) -> str:
        if step == self.point:
            self.kill(self.pid)
            self.killed = True
        return current if current is not None else enabled[0]


@dataclass
class Crashes:
    """The crash points of one request, tried one after the other on one stage."""

    stage: Stage
    program: Program
    deadline: float
    progress: Progress = lambda text: None
    points: int = 0
    requests: int = 0
    _where: str = field(default="", init=False)

    def run(self) -> Verdict:
        """Try every crash point. Stops at the first that leaves something wrong."""
        for point in range(1, MOST_POINTS):
            self.progress(f"crash point {point}")
            trace, killed = self._crash(point)
            history = History([*trace.history, *self._after_the_crash(trace)])
            self.points += 1
            self.requests += len(history)
            if (loss := self._loss(history)) is not None:
                return self._failed(trace, history, loss)
            if not killed:  # it had ended before: this was the point just after its end
                break
        else:
            tried = f"gave up after {MOST_POINTS} crash points: the request never ends"
            return Verdict("inconclusive", tried, self._tried())
        return self._after_replacement()

    def _crash(self, point: int) -> tuple[Trace, bool]:
        """One run of the request whose worker dies at `point`, or at its end if that is sooner."""
        if len(self.stage.workers) < 2:
            self.stage.refresh()
        victim = self.stage.workers[0]
        chooser = _KillAt(point, victim, self._kill)
        trace = self.stage.run(self.program, TWO_WORKERS, chooser, explain=True)
        killed_in_it = chooser.killed
        if not killed_in_it:
            self._kill(victim)
        self._where = self._place(trace, killed_in_it)
        self.stage.forget(victim)
        return trace, killed_in_it

    def _kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)

    def _place(self, trace: Trace, killed_in_it: bool) -> str:
        if not killed_in_it:
            return "just after its answer"
        stop = trace.decisions[-1].stop if trace.decisions else None
        return f"before line {stop.line}: {stop.source}" if stop else "before its first line"

    def _after_the_crash(self, trace: Trace) -> list[Event]:
        """The next request and the report, on each of the other workers."""
        events = []
        for pid in self.stage.workers:
            for request in (*self.program.requests, *self.program.after):
                events.append(self.stage.ask(request, pid, timeout=self.deadline))
                if events[-1].unknown:
                    return events
        return events

    def _after_replacement(self) -> Verdict:
        """Workers that have taken a dead one's place must find what was acknowledged."""
        self.progress("waiting for the killed workers to be replaced")
        request, *_ = self.program.requests
        events = History(self.stage.ask(before) for before in self.program.before)
        events.append(self.stage.ask(request))
        victim = self.stage.workers[0]
        self._kill(victim)
        self.stage.refresh()
        events += [self.stage.ask(r, pid) for pid in self.stage.workers for r in self.program.after]
        self.points += 1
        self.requests += len(events)
        self._where = "while it was idle, and was replaced"
        if (loss := self._loss(events)) is not None:
            return self._failed(Trace(history=events), events, loss)
        message = f"killed at {self.points} points, nothing acknowledged was lost"
        return Verdict("passed", message, self._tried())

    def _loss(self, history: History) -> Loss | None:
        for event in history:
            killed = event.client == self.program.names[0]
            if event.unknown and not killed:
                what = f"{event.method} {event.path} within {self.deadline:g} s, on another worker"
                return Loss(f"an answer to {what}", answer_of(event))
            if not event.unknown and not event.ok:
                return Loss("every request is answered 200", answer_of(event))
        result = check(counter_operations(history), MODELS[self.program.model])
        if result.ok is False:
            seen = ", ".join(f"{e.path.strip('/')} {answer_of(e)}" for e in history)
            return Loss(
                "what was acknowledged is still there, once",
                f"{seen} ({result.reason})",
            )
        return None

    def _failed(self, trace: Trace, history: History, loss: Loss) -> Verdict:
        evidence = evidence_of(self.program, TWO_WORKERS, trace, loss, 0, 1)
        if trace.decisions:
            evidence["steps"].append(self._killed_row(evidence))
        for event in history:
            if event.client == "-":
                evidence["requests"].append(_as_request(event))
        message = (
            f"a worker was killed {self._where}. Then: {loss.actual}; expected {loss.expected}"
        )
        return Verdict("failed", message, self._tried(), evidence)

    def _killed_row(self, evidence: dict) -> dict:
        row = dict(evidence["steps"][-1]) if evidence["steps"] else {}
        return row | {"kind": "killed", "source": "", "read": None, "wrote": None,
                      "preempted": False, "note": f"killed {self._where}"}  # fmt: skip

    def _tried(self) -> dict[str, int]:
        return {"crash_points": self.points, "requests": self.requests}


def _as_request(event: Event) -> dict:
    return {
        "task": "-",
        "method": event.method,
        "path": event.path,
        "worker": event.pid,
        "status": event.status,
        "output": event.output,
    }


def crash_points(
    stage: Stage,
    request: str | Request = "POST /increment",
    *,
    before: str = "POST /reset",
    after: str = "GET /report",
    model: str = "counter",
    deadline: float = 10.0,
    progress: Progress | None = None,
) -> Verdict:
    """Kill a worker at every point of `request`; see the module's text for what must hold.

    deadline   seconds within which the other workers must answer after a crash

    Returns a Verdict whose `tried` counts the crash points. Needs a stage with three workers or
    more to go fast: with two, each crash waits for the replacement of the one before.
    """
    program = Program.parse(str(request), before=before, after=after, model=model)
    return Crashes(stage, program, deadline, progress or (lambda text: None)).run()
