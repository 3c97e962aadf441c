"""Live: a person chooses the task that moves next, and real workers move.

Nothing can be undone in a real process. To go back is to begin again: every held task is let
go, the requests that bring the app into its first state are sent anew, and the moves up to there
are made once more. So every branch that is looked at has been run.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from workerlab.errors import BadUsage, NotReady
from workerlab.evidence import Evidence
from workerlab.history import Event
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.interactive.exercise import FOUND, Exercise
from workerlab.stepping.interactive.paused_run import PausedRun, Place
from workerlab.stepping.program import TWO_WORKERS, Program
from workerlab.stepping.searching.attempts import learn_serial_outcomes
from workerlab.stepping.searching.evidence import evidence_of, request_row
from workerlab.stepping.searching.oracle import Oracle, Violation, responses_in_words
from workerlab.verdict import Verdict

MOST_BRANCHES = 40  # that are remembered; the oldest that lost nothing go first
SHORT = 12  # moves that are named one by one
BRANCH = dict[str, object]


class LiveRun:
    """The schedules of one program, chosen by hand on one stepped server.

    stepped     a SteppedServer, started; it belongs to this until `close`
    program     a Program, or its requests as text (with `before`, `after` and `model`)
    placement   "two workers" (each request on its own), or "one worker"

    A move lets one request go up to the next place where it could be interrupted; its first
    move sends it. There is no time limit: a lock of the app's may run out meanwhile,
    so a loss here counts only when `check` has run it again at full speed.

    Raises BadUsage for a program that cannot be read, or that starts a worker.
    """

    def __init__(
        self,
        stepped: SteppedServer,
        program: Program | str,
        placement: str = TWO_WORKERS,
        **frame: str,
    ) -> None:
        if isinstance(program, str):
            program = Program.parse(program, **frame)
        if program.starts_a_worker:
            raise BadUsage("a worker's start cannot be stepped by hand", "give requests only")
        self.stepped, self.program, self.placement = stepped, program, placement
        self.oracle = Oracle(program)
        self._branches: dict[tuple[str, ...], str] = {}  # its moves, and how it ended
        self._note = ""
        learn_serial_outcomes(stepped, self.oracle)
        self.finder = Exercise(stepped, self.oracle, placement)
        self._start()

    @property
    def schedule(self) -> list[str]:
        """The moves that have been made: "A", "B", …"""
        return [task for task, _ in self.run.path()]

    def step(self, task: str) -> None:
        """Let `task` take one step. Raises BadUsage when it cannot move now."""
        self.run.settle()
        if task not in self.run.enabled:
            could = " or ".join(self.run.enabled)
            advice = f"step {could}" if could else "go back, or begin again with reset()"
            raise BadUsage(f"{task} cannot move now", advice)
        self._note = ""
        self.run.step(task)

    def back(self) -> None:
        """Begin again and make all moves but the last."""
        self.go(self.schedule[:-1])

    def reset(self) -> None:
        """Begin again."""
        self._note = ""
        self._begin_again()

    def go(self, schedule: Iterable[str]) -> None:
        """Make these moves, from the beginning unless they go on from here.

        Other names than those of the requests that run at once are skipped, so the schedule of
        any evidence can be given. Stops where a move cannot be made; `state` then says so.
        """
        wanted = [task for task in schedule if task in self.program.names]
        self._note, known = "", self.run.path()
        if wanted[: len(known)] != [task for task, _ in known]:
            self._begin_again()
        for number, task in enumerate(wanted[len(self.schedule) :], len(self.schedule) + 1):
            if task not in self.run.enabled:
                self._note = f"Stopped before move {number}: {task} cannot move now. "
                break
            self.run.step(task)
        self._note = _parted(known, self.run.path()) + self._note

    def state(self) -> dict[str, Any]:
        """Everything there is to show, as plain JSON.

        evidence   the moves so far; `expected` and `actual` are empty until the run is judged
        schedule   the moves so far, by name
        enabled    the tasks that may be let go now
        current    the task that moved last and could go on, or None
        outcome    status (open, found, no loss, stuck, discarded) and a message
        branches   the schedules that have been tried: name, schedule, status
        """
        self._remember()
        status, message = self._status()
        return {
            "evidence": self._evidence(),
            "schedule": self.schedule,
            "enabled": list(self.run.enabled),
            "current": self.run.current,
            "outcome": {"status": status, "message": f"{self._note}{message}"},
            "branches": list(self._shown_branches()),
        }

    def check(self) -> Verdict:
        """Whether one of the schedules tried loses: run again, three times. See `Exercise`."""
        self._remember()
        under_way = None if self.run.over else self.schedule
        self.run.let_go()
        verdict = self.finder.verdict(self._branches)
        if under_way is not None:
            self._start()
            self.go(under_way)
        return verdict

    def close(self) -> None:
        """Let everything go. The stepped server may be closed then."""
        self.run.let_go()

    def _begin_again(self) -> None:
        if not self.run.broken:
            self._remember()
            self.run.let_go()
        self._start()

    def _start(self) -> None:
        for patient in (True, False):
            try:
                self.run = PausedRun(self.stepped, self.program, self.placement)
                self.run.settle()
                return
            except NotReady:
                if not patient:
                    raise
                self.stepped.refresh()  # a worker has died: others have taken its place

    def _remember(self) -> None:
        if moves := tuple(self.schedule):
            self._branches[moves], _ = self._status()
        if len(self._branches) > MOST_BRANCHES:
            harmless = (m for m, status in self._branches.items() if status not in FOUND)
            self._branches.pop(next(harmless, next(iter(self._branches))))

    def _shown_branches(self) -> Iterator[BRANCH]:
        """All but those that another one goes on from."""
        for moves, status in self._branches.items():
            goes_on = any(m != moves and m[: len(moves)] == moves for m in self._branches)
            if status != "open" or not goes_on:
                yield {"name": in_turns(moves), "schedule": list(moves), "status": status}

    def _violation(self) -> Violation | None:
        trace = self.run.trace
        if trace is None or trace.end not in ("finished", "stuck"):
            return None
        return self.oracle.violation(trace.history)

    def _status(self) -> tuple[str, str]:
        self.run.settle()
        trace, violation = self.run.trace, self._violation()
        if trace is None:
            return "open", "; ".join(self.run.where()) + "."
        all_responses = responses_in_words(trace.history, self.program)
        match trace.end:
            case "finished" if violation:
                return "found", f"This schedule loses: {violation.actual}; {violation.expected}."
            case "finished":
                return "no loss", f"This schedule loses nothing: {all_responses}. Try another."
            case "stuck":
                return "stuck", f"They wait for each other for ever, a deadlock: {all_responses}."
            case "not begun":
                return "discarded", "What comes before the requests got no answer."
        return "discarded", "So many moves say nothing about the app any more. Begin again."

    def _evidence(self) -> Evidence:
        trace, violation = self.run.so_far(), self._violation() or Violation("", "")
        evidence = evidence_of(self.program, self.placement, trace, violation, 0, 0)
        # No random choice was made, and nothing was replayed yet.
        del evidence["seed"], evidence["replayed"]
        called = {row["task"] for row in evidence["requests"]}
        for task in self.run.tasks:
            if task.name not in called:
                request = task.request
                event = Event(task.name, request.method, request.path, pid=task.pid)
                evidence["requests"].append(request_row(event))
        order = [*self.program.names, *self.program.last_names]
        evidence["requests"].sort(key=lambda row: order.index(row["task"]))
        return evidence


def in_turns(moves: Iterable[str]) -> str:
    """The moves, or if they are many their turns.

    >>> in_turns("AABA"), in_turns("A" * 9 + "B" * 8 + "A")
    ('AABA', 'A×9 B×8 A')
    """
    moves = "".join(moves)
    if len(moves) <= SHORT:
        return moves
    turns = [(task, len(list(group))) for task, group in groupby(moves)]
    return " ".join(task if count == 1 else f"{task}×{count}" for task, count in turns)


def _parted(before: list[tuple[str, Place | None]], now: list[tuple[str, Place | None]]) -> str:
    """A sentence if moves that had been made before led elsewhere this time; else nothing."""
    for number, (one, other) in enumerate(zip(before, now, strict=False), 1):
        if one[0] != other[0]:
            break
        if one != other:
            return f"The workers went another way this time, from move {number} on. "
    return ""
