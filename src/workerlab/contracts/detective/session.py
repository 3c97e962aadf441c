"""Sends a student's detective (lab 01) to servers whose secret we know.

    with Precinct(suspects, folder) as precinct:
        case = precinct.case("loses_updates", workers=5)
        case.answer, case.problem, case.requests

The detective runs in a process of its own, which ends with the case. Its requests are counted
by the servers, and only its answer counts.

It must not look anything up, either. Files without a name hold the current suspect (see
`lineup`). In a grader's sandbox each visit finds a /tmp of its own and no other process; elsewhere a
detective can remember its earlier visits, but that is of no use to it: the cases of a plan come
in an order that is drawn anew each time, and that neither the checks nor the seed reveal.
"""

from __future__ import annotations

import json
import os
import random
import select
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from workerlab.contracts.detective.nameless import nameless, unreadable
from workerlab.network.balance import Dealer
from workerlab.processes.child import Child
from workerlab.processes.tree import descendants, has_proc, seconds_kept_waiting
from workerlab.servers import Server

__all__ = ["ANSWERS", "CANNOT_TELL", "MOST_REQUESTS", "Case", "Precinct"]

ANSWERS = {
    "one_copy_per_worker": "one copy per worker",
    "one_shared_object": "one shared object",
    "loses_updates": "shared, but loses updates",
    "reset_reaches_one_worker": "reset reaches one worker",
}
CANNOT_TELL = "cannot tell: one worker"
MOST_REQUESTS = 500
CASE_S = 60.0  # seconds for one diagnosis, far more than 500 requests need
SILENCE_S = 10.0  # seconds without any request; in neither do those count that it got no processor
TOO_MANY = 2 * MOST_REQUESTS  # a detective that asks for ever is stopped here
LOOK_S = 0.001  # seconds between two looks at how far a detective has come
LONGEST = 10_000  # bytes that are read of a detective's output
ROOM = Path(__file__).parent
Key = tuple[str, int, int]  # of a case: kind, workers, run


@dataclass(frozen=True)
class Case:
    """One diagnosis: `answer`, or "" and the `problem`; `requests` as the server counted them."""

    kind: str
    workers: int
    answer: str
    problem: str
    details: str
    requests: int

    @property
    def expected(self) -> str:
        """The one right answer."""
        return ANSWERS[self.kind] if self.workers > 1 else CANNOT_TELL


class Precinct:
    """The servers under suspicion, one for each number of workers, started when first needed.

    suspects    folder of the suspects' apps
    detective   folder with the student's detective.py
    planned     (kind, workers, run) of the cases that will be asked for: those with the same
                workers are opened in a random order
    """

    def __init__(self, suspects: Path, detective: Path, planned: Iterable[Key] = ()) -> None:
        self.suspects, self.detective = suspects.resolve(), detective.resolve()
        self._ahead = list(dict.fromkeys(planned))
        random.SystemRandom().shuffle(self._ahead)  # a seed may be known: it is often 1
        self._rooms: dict[int, _Room] = {}
        self._cases: dict[Key, Case] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(unreadable())
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def cases(self) -> list[Case]:
        """Every diagnosis made so far."""
        return list(self._cases.values())

    def case(self, kind: str, workers: int, *, run: int = 0) -> Case:
        """Send the detective to this kind of server; the same case is not opened twice.

        `run`: how many connections one worker alone gets before another one gets any.
        Planned cases that were drawn to come before it are opened first.
        Raises AppDidNotStart or NotReady.
        """
        wanted = (kind, workers, run)
        while wanted not in self._cases:
            key = next((one for one in self._ahead if one[1] == workers), wanted)
            key = key if wanted in self._ahead else wanted
            self._cases[key] = self._room(workers).diagnose(kind=key[0], run=key[2])
            if key in self._ahead:
                self._ahead.remove(key)
        return self._cases[wanted]

    def _room(self, workers: int) -> _Room:
        if workers not in self._rooms:
            room = _Room(self.suspects, self.detective, workers)
            self._rooms[workers] = self._open.enter_context(room)
        return self._rooms[workers]


class _Room:
    """A server that plays all kinds of suspect, and the detective that visits it."""

    def __init__(self, suspects: Path, detective: Path, workers: int) -> None:
        self.suspects, self.detective, self.workers = suspects, detective, workers
        self.visits = 0

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self.pipe, writer = os.pipe()
            opened.callback(os.close, self.pipe)
            os.set_blocking(self.pipe, False)
            files = [nameless() for _ in range(3)]
            for number in files:
                opened.callback(os.close, number)
            self.session_file, self.counted, self.number = files
            self.server = Server(
                "workerlab.contracts.detective.lineup:app",
                app_dir=self.suspects,
                runner="instances",
                workers=self.workers,
                env={"LINEUP_FILES": " ".join(map(str, files))},
                in_sandbox=False,
                fds=tuple(files),
            )
            self._tell("one_shared_object")  # the first question is whether it is there
            opened.enter_context(self.server)
            self.dealer = Dealer([urlsplit(place).port or 0 for place in self.server.urls])
            opened.enter_context(self.dealer)
            child = self.child = Child(in_sandbox=True, alone=(self.detective,))
            opened.callback(child.close, kill=True)
            script = ROOM / "child.py"
            command = [sys.executable, "-I", "-B", script, writer, self.detective, self.dealer.url]
            child.open([str(part) for part in command], fds=(writer,))
            os.close(writer)  # the child's side has its own
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def diagnose(self, kind: str, run: int) -> Case:
        self.dealer.begin(run)
        self.server.wait_for_workers()  # by now no request of the last visitor is queued
        self._tell(kind)
        report = self._visit()
        details = str(report.get("details") or self.child.log[-LONGEST:])
        answer, problem = str(report.get("answer", "")), str(report.get("problem", ""))
        return Case(kind, self.workers, answer, problem, details, self._asked())

    def _tell(self, kind: str) -> None:
        """Tell the workers which suspect to play from now on, with a new session and a count of 0."""
        self.visits += 1
        for number in (self.counted, self.number, self.session_file):
            os.ftruncate(number, 0)
        os.write(self.session_file, f"{self.visits} {kind}".encode())

    def _asked(self) -> int:
        """How many requests the server has counted in this visit."""
        return os.fstat(self.counted).st_size

    def _visit(self) -> dict[str, Any]:
        """Run the detective once; its answer, or the problem with it."""
        began = time.monotonic()
        self.child.start()
        try:
            line = self._hear()
        finally:
            self.child.stop(kill=True)
            self._empty_the_pipe()
        if line is None:
            waited = time.monotonic() - began
            return {
                "problem": f"it had no answer after {self._asked()} requests and {waited:.0f} s"
            }
        try:
            report = json.loads(line)
            if isinstance(report, dict):
                return report
            return {"problem": "it said something unreadable"}
        except (ValueError, RecursionError):
            return {"problem": f"it ended without an answer (exit status {self.child.status})"}

    def _hear(self) -> bytes | None:
        """The first line from the pipe; b"" when the detective ended without one.

        None when there is nothing to wait for: it takes too long, is silent, or asks for ever.
        """
        said, number = b"", 0
        began = spoke = time.monotonic()
        while b"\n" not in said and len(said) < LONGEST:
            before, number, now = number, self._asked(), time.monotonic()
            if number != before:
                spoke = now
            ended = self.child.poll() is not None
            if select.select([self.pipe], [], [], LOOK_S)[0] and (more := self._read()):
                said += more
            elif ended:
                return b""
            elif number > TOO_MANY or self._is_late(now - spoke, now - began):
                return None
        return said.split(b"\n")[0]

    def _is_late(self, silence: float, age: float) -> bool:
        if silence <= SILENCE_S and age <= CASE_S:
            return False
        # Where its waiting time is unknown (macOS), a deadline is three times as long.
        waited = seconds_kept_waiting if has_proc() else lambda pid: age * 2 / 3
        root = self.child.pid  # the detective, or a bubblewrap that it runs in
        delay = max(map(waited, [root, *descendants(root)])) if root else 0.0
        return silence > SILENCE_S + delay or age > CASE_S + delay

    def _empty_the_pipe(self) -> None:
        """So that nothing of this visit is read in the next."""
        while select.select([self.pipe], [], [], 0)[0] and self._read():
            pass

    def _read(self) -> bytes:
        return os.read(self.pipe, LONGEST)
