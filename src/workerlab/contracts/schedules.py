"""Runs the schedules that a student writes down (lab 03) on real workers.

    with Court(folder, PUZZLES) as court:
        run = court.run("plain")
        run.problem, run.loss, run.leaves

Only the schedule comes from the student; the apps are the lab's own.
"""

from __future__ import annotations

import tomllib
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from workerlab.evidence import Evidence
from workerlab.grading.api import CheckInconclusive
from workerlab.grading.submission import SubmissionError
from workerlab.stepping import SteppedServer
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.program import Program
from workerlab.stepping.searching.evidence import evidence_of
from workerlab.stepping.searching.oracle import Oracle, Violation, responses_in_words
from workerlab.stepping.searching.schedulers import ReplayScheduler

__all__ = ["NONE", "Court", "Puzzle", "Run"]

TIMES = 3  # each schedule is run so often, and must do the same each time
MOST_BYTES, MOST_MOVES = 65_536, 200
NONE = "none"  # in place of a schedule, for an app where none loses


@dataclass(frozen=True)
class Puzzle:
    """An app, and the requests whose order is asked for."""

    app: str
    program: Program
    placement: str


@dataclass(frozen=True)
class Written:
    """The student's entry for one app. `moves` is None for "none"."""

    moves: list[str] | None
    leaves: int | None


@dataclass(frozen=True)
class Run:
    """The result of a schedule: `problem` says why it could not be followed, or is "".

    `loss` is None when nothing was lost; `leaves` is the count in the report.
    """

    problem: str
    violation: Violation | None = None
    leaves: int | None = None
    message: str = ""
    evidence: Evidence | None = None


def read(file: Path, names: list[str]) -> dict[str, Written]:
    """The entries of schedules.toml for each of the apps.

    Raises SubmissionError for a file that cannot be read, and for a table that is missing.
    """
    try:
        if file.stat().st_size > MOST_BYTES:
            raise SubmissionError(f"{file.name} is too large", "four short tables are enough")
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        advice = 'write it as in the README: schedule = "A A B B", in quotes'
        raise SubmissionError(f"{file.name} cannot be read: {error}", advice) from error
    return {name: _written(name, data.get(name)) for name in names}


def _written(name: str, table: object) -> Written:
    if not isinstance(table, dict) or "schedule" not in table:
        advice = f'write [{name}], and below it schedule = "…" and leaves = …'
        raise SubmissionError(f"there is no schedule for {name}", advice)
    schedule, leaves = table["schedule"], table.get("leaves")
    if not isinstance(leaves, int) or isinstance(leaves, bool):
        leaves = None
    if isinstance(schedule, list) and all(isinstance(move, str) for move in schedule):
        schedule = " ".join(schedule)
    if not isinstance(schedule, str):
        raise SubmissionError(f"the schedule for {name} is no text", 'write it in quotes: "A B"')
    if schedule.strip().lower() == NONE:
        return Written(None, leaves)
    return Written([letter for letter in schedule.upper() if letter not in " ,\n\t"], leaves)


class Court:
    """Real workers for each puzzle, started when first needed.

    folder    the submission, put together: the lab's apps and the student's schedules.toml
    puzzles   by their names, which are the tables of that file
    """

    def __init__(self, folder: Path, puzzles: dict[str, Puzzle]) -> None:
        self.folder, self.puzzles = folder, puzzles
        self._runs: dict[str, Run] = {}
        self._stages: dict[str, SteppedServer] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def written(self) -> dict[str, Written]:
        """The student's entries. Raises SubmissionError."""
        return read(self.folder / "schedules.toml", list(self.puzzles))

    def stepped(self, name: str) -> SteppedServer:
        """The workers of one puzzle."""
        if name not in self._stages:
            stepped = SteppedServer(self.folder / self.puzzles[name].app, workers=2)
            self._open.callback(stepped.close, kill=True)
            self._stages[name] = stepped.__enter__()
        return self._stages[name]

    def run(self, name: str) -> Run:
        """Run the student's schedule for one app, `TIMES` times; not twice for two checks.

        Raises CheckInconclusive when it did not do the same each time.
        """
        if name not in self._runs:
            self._runs[name] = self._run(name, self.written()[name].moves)
        return self._runs[name]

    def _run(self, name: str, moves: list[str] | None) -> Run:
        puzzle = self.puzzles[name]
        problem = _unusable(moves, puzzle.program.names)
        if problem or moves is None:
            return Run(problem)
        runs = [
            self._once(name, puzzle, moves, explain=number == TIMES - 1) for number in range(TIMES)
        ]
        if len({(run.problem, run.message) for run in runs}) > 1:
            raise CheckInconclusive(
                f"{name}: this schedule did not do the same {TIMES} times; check it again"
            )
        return runs[-1]

    def _once(self, name: str, puzzle: Puzzle, moves: list[str], *, explain: bool) -> Run:
        trace = self.stepped(name).run(
            puzzle.program, puzzle.placement, ReplayScheduler(moves), explain=explain
        )
        if trace.end in ("discarded", "not begun"):
            raise CheckInconclusive(f"{name}: this machine is too busy just now; check it again")
        problem = _left_the_path(trace, moves)
        if problem:
            return Run(problem, message=problem)
        violation = Oracle(puzzle.program).violation(trace.history)
        output = trace.history[-1].output
        leaves = output.get("count") if isinstance(output, dict) else None
        shown = violation or Violation("", "")
        evidence = evidence_of(puzzle.program, puzzle.placement, trace, shown, 1, TIMES)
        evidence |= {"app": puzzle.app}
        return Run(
            "", violation, leaves, responses_in_words(trace.history, puzzle.program), evidence
        )


def _unusable(moves: list[str] | None, names: list[str]) -> str:
    """Why these letters are no schedule at all, or ""."""
    if moves is None:
        return 'you say "none"'
    if not moves:
        return "there is no schedule yet"
    if len(moves) > MOST_MOVES:
        return f"the schedule has {len(moves)} moves, and all requests together have fewer"
    strange = [letter for letter in moves if letter not in names]
    if strange:
        return f"the schedule names {strange[0]!r}; the requests are {', '.join(names)}"
    return ""


def _left_the_path(trace: Trace, moves: list[str]) -> str:
    """Which letter was a move that could not be made, or ""."""
    for number, letter in enumerate(moves):
        decision = trace.decisions[number] if number < len(trace.decisions) else None
        if decision is None or decision.chosen != letter:
            waits = decision is not None and letter in decision.blocked
            why = "waits for the lock" if waits else "is done"
            return f"move {number + 1} of the schedule cannot be made: {letter} {why} by then"
    return ""
