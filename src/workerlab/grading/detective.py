"""Sends a student's detective (lab 01) to servers whose secret we know.

    with Precinct(suspects, folder) as precinct:
        case = precinct.case("loses_updates", workers=5)
        case.answer, case.problem, case.requests

The detective runs in a process of its own, which ends with the case. Its requests are counted
by the servers, and nothing that it says is believed but its answer.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from workerlab.grading.dealer import Dealer
from workerlab.servers import Server
from workerlab.servers.processes import has_proc, seconds_kept_waiting
from workerlab.services.child import Child

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
TOO_MANY = 2 * MOST_REQUESTS  # a detective who asks for ever is stopped here
LOOK_S = 0.001  # seconds between two looks at how far a detective has come
LONGEST = 10_000  # bytes that are read of what a detective says
ROOM = Path(__file__).parent


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
    """

    def __init__(self, suspects: Path, detective: Path) -> None:
        self.suspects, self.detective = suspects.resolve(), detective.resolve()
        self._rooms: dict[int, _Room] = {}
        self._cases: dict[tuple[str, int, int], Case] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
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
        Raises AppDidNotStart or NotReady.
        """
        key = (kind, workers, run)
        if key not in self._cases:
            if workers not in self._rooms:
                room = _Room(self.suspects, self.detective, workers)
                self._rooms[workers] = self._open.enter_context(room)
            self._cases[key] = self._rooms[workers].diagnose(kind, run)
        return self._cases[key]


class _Room:
    """A server that plays all kinds of suspect, and the detective who visits it."""

    def __init__(self, suspects: Path, detective: Path, workers: int) -> None:
        self.suspects, self.detective, self.workers = suspects, detective, workers
        self.visits = 0

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self.pipe, writer = os.pipe()
            opened.callback(os.close, self.pipe)
            os.set_blocking(self.pipe, False)
            child = self.child = Child(jailed=True)
            opened.callback(child.close, kill=True)
            script, url = ROOM / "detective_child.py", child.folder / "url"
            command = [sys.executable, "-I", "-B", script, writer, self.detective, url]
            child.open([str(part) for part in command], fds=(writer,))
            os.close(writer)  # the child's side has its own
            self.server = Server(
                "workerlab.grading.lineup:app",
                app_dir=self.suspects,
                runner="instances",
                workers=self.workers,
                env={"LINEUP_FOLDER": str(child.folder)},
                jailed=False,
            )
            opened.enter_context(self.server)
            self.dealer = Dealer([urlsplit(place).port for place in self.server.urls])
            opened.enter_context(self.dealer)
            url.write_text(self.dealer.url)
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def diagnose(self, kind: str, run: int) -> Case:
        self.dealer.begin(run)
        self.server.wait_for_workers()  # what the last visitor left in a queue is answered by now
        counted = self._new_session(kind)
        told = self._visit(lambda: counted.stat().st_size)
        details = str(told.get("details") or self.child.log[-LONGEST:])
        answer, problem = str(told.get("answer", "")), str(told.get("problem", ""))
        return Case(kind, self.workers, answer, problem, details, counted.stat().st_size)

    def _new_session(self, kind: str) -> Path:
        """Tell the workers whom they are to play from now on; the file whose size is counted."""
        self.visits += 1
        folder = self.child.folder
        counted = folder / f"{self.visits}.requests"
        counted.touch()
        draft = folder / "draft"
        draft.write_text(f"{self.visits} {kind}")
        draft.replace(folder / "session")
        return counted

    def _visit(self, asked: Callable[[], int]) -> dict:
        """Run the detective once; what it says, or what is to be said about it."""
        began = time.monotonic()
        self.child.start()
        try:
            line = self._hear(asked)
        finally:
            self.child.stop(kill=True)
            self._empty_the_pipe()
        if line is None:
            waited = time.monotonic() - began
            return {"problem": f"it had no answer after {asked()} requests and {waited:.0f} s"}
        try:
            told = json.loads(line)
            return told if isinstance(told, dict) else {"problem": "it said something unreadable"}
        except ValueError:
            return {"problem": f"it ended without an answer (exit status {self.child.status})"}

    def _hear(self, asked: Callable[[], int]) -> bytes | None:
        """The first line from the pipe; b"" when the detective ended without one.

        None when there is nothing to wait for: it takes too long, is silent, or asks for ever.
        """
        said, number = b"", 0
        began = spoke = time.monotonic()
        while b"\n" not in said and len(said) < LONGEST:
            before, number, now = number, asked(), time.monotonic()
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
        # Where nothing tells how long it waited (macOS), a deadline is three times as long.
        waited = seconds_kept_waiting if has_proc() else lambda pid: age * 2 / 3
        delay = waited(self.child.pid) if self.child.pid else 0.0
        return silence > SILENCE_S + delay or age > CASE_S + delay

    def _empty_the_pipe(self) -> None:
        """So that nothing of this visit is read in the next."""
        while select.select([self.pipe], [], [], 0)[0] and self._read():
            pass

    def _read(self) -> bytes:
        return os.read(self.pipe, LONGEST)
