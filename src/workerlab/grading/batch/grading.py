"""The supervisor's side of a grading process: start it, read its reports, end it in time."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any, Protocol

from workerlab.errors import WorkerlabError
from workerlab.grading.batch import isolation
from workerlab.grading.batch.book import Planned
from workerlab.grading.batch.cgroups import Group
from workerlab.grading.batch.grading_process import KEPT
from workerlab.grading.manifest import find, root
from workerlab.grading.result import INCONCLUSIVE, NOT_GRADABLE, CheckResult
from workerlab.processes import users
from workerlab.processes.child import Child

LOOK_S = 0.25  # seconds between two checks that a silent grading process is alive
PATIENCE_S = 5.0  # seconds for an ended grading process to stop its services
NEEDED = ("PATH", "HOME", "LANG", "LANGUAGE", "TZ", "LD_LIBRARY_PATH", "CI")
MOST_OF_A_LINE = 64_000_000  # bytes: no result of ours is near it


@dataclass(frozen=True)
class Job:
    """One submission and one lab, and the checks that are still to be run.

    quick   with a smaller search
    """

    student: str
    source: Path
    lab: str
    checks: tuple[Planned, ...]
    quick: bool = False


class Stopped(Exception):
    """The class is being interrupted: jobs under way have no result."""


class Grader(Protocol):
    """Grades a job: a `GradingProcess`, here or on a cluster."""

    def run(self, keep: Callable[[CheckResult], None], started: Callable[[str], None]) -> float:
        """Report each started check, give each result to `keep`; return seconds."""


class GradingProcess:
    """Grades one job in a process of its own; we trust only its socket to us."""

    def __init__(
        self,
        job: Job,
        *,
        seed: int,
        budget: float,
        stop: Event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.job, self.seed, self.budget, self.stop = job, seed, budget, stop
        self.clock = clock  # `budget` seconds are by it
        self.left = {check.id: check for check in job.checks}
        self.under_way = ""
        self.isolation = isolation.label()
        self.user: int | None = None  # that the submission runs as

    def run(
        self,
        keep: Callable[[CheckResult], None],
        started: Callable[[str], None],
        progress: Callable[[str], None] | None = None,
    ) -> float:
        """Grade; `keep` takes each result in, and when it comes back the result is safe.

        `progress`, when given, is called with what is being tried. Returns seconds. Raises Stopped, and
        what `keep` raises.
        """
        began = self.clock()
        with closing(self._listen(began + self.budget, bool(progress))) as messages:
            for message in messages:
                match message:
                    case {"kind": "started", "check": str(check)}:
                        self.under_way = check
                        started(check)
                    case {"kind": "progress", "text": str(text)} if progress:
                        progress(text)
                    case {"kind": "finished", "result": dict(result)} if result["id"] in self.left:
                        keep(replace(CheckResult(**result), isolation=self.isolation))
                        del self.left[result["id"]]
                        self.under_way = ""
        for unfinished in [*self._unfinished()]:
            keep(replace(unfinished, isolation=self.isolation))
        return self.clock() - began

    def _listen(self, until: float, progress: bool) -> Generator[dict[str, Any], None, None]:
        """The messages of the process, each acknowledged when it is stored; ends with the process."""
        ours, theirs = socket.socketpair()
        number = theirs.fileno()
        isolated = not isolation.why_not()
        child = Child(patience=PATIENCE_S, wrapped=isolated)
        command = [
            sys.executable,
            "-m",
            "workerlab.grading.batch.grading_process",
            "--tell",
            str(number),
        ]
        if isolated:
            shown = [self.job.source.resolve()]
            command = isolation.isolated_command(command, shown=shown, lab=find(self.job.lab))
        self.why = ""
        with ours, theirs, Group() as group:
            try:
                folder = Path("/tmp") if isolated else child.folder
                child.open(command, env=_environment(folder), fds=(number,))
                assert child.lifeline_pid is not None  # it is open
                group.take(child.lifeline_pid)
                child.start()
                theirs.close()
                ours.sendall(self._order(progress))
                yield from self._lines(child, ours, until)
            except (WorkerlabError, OSError, ValueError) as error:
                self.why = f"the grader of this submission could not run: {error}"
            finally:
                child.close(kill=bool(self.left))
                self._end_the_user(isolated)
                self.log = child.log[-2_000:]

    def _order(self, progress: bool) -> bytes:
        job = self.job
        order: dict[str, Any] = {"source": str(job.source.resolve()), "lab": job.lab}
        order |= {"seed": self.seed, "quick": job.quick, "progress": progress}
        order |= {"only": list(self.left), "sandbox": isolation.sandbox_order(self.budget)}
        self.user = order["sandbox"]["user"]
        return json.dumps(order).encode() + b"\n"

    def _end_the_user(self, isolated: bool) -> None:
        """End what the submission has left running: there is no namespace that ends it."""
        if not isolated and self.user is not None:
            users.end_all(self.user)

    def _lines(self, child: Child, ours: socket.socket, until: float) -> Iterator[dict[str, Any]]:
        unread = b""
        while True:
            if self.stop.is_set():
                raise Stopped
            if (seconds := until - self.clock()) <= 0:
                self.why = "time"
                return
            gone = child.poll() is not None
            ours.settimeout(0.01 if gone else min(LOOK_S, seconds))
            try:
                data = ours.recv(1 << 20)
            except TimeoutError:
                data = b""
                if not gone:
                    continue
            if not data or len(unread) > MOST_OF_A_LINE:
                self.why = "gone"
                return
            *lines, unread = (unread + data).split(b"\n")
            for line in lines:
                message = json.loads(line)
                if message["kind"] == "ended":
                    return
                yield message
                if message["kind"] == "finished":
                    ours.sendall(KEPT)

    def _unfinished(self) -> Iterator[CheckResult]:
        """An outcome for each check that has none: no points, and no fault of the student."""
        for check in self.left.values():
            status, message = self._outcome(check.id == self.under_way)
            yield CheckResult(
                check.id, check.title, status, 0.0, check.max_points, message, self.log
            )

    def _outcome(self, under_way: bool) -> tuple[str, str]:
        if self.why == "time":
            here = "here" if under_way else "before this check"
            why = f"the time for this submission ({self.budget:g} s) ran out {here}"
            return INCONCLUSIVE, f"{why}; does a request wait for something that never comes?"
        if self.why in ("", "gone"):
            where = "during this check" if under_way else "before this check"
            return NOT_GRADABLE, f"the grader of this submission was ended {where}"
        return NOT_GRADABLE, self.why


def _environment(folder: Path) -> dict[str, str]:
    """The variables that a grading process needs: no passwords and keys, which a submission could find.

    Its temporary folders lie in `folder`, and are removed with it.
    """
    needed = {
        name: value
        for name, value in os.environ.items()
        if name in NEEDED or name.startswith(("LC_", "PYTHON", "WORKERLAB_"))
    }
    return {**needed, "WORKERLAB_HOME": str(root()), "TMPDIR": str(folder)}
