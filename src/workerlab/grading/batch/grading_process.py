"""`python -m workerlab.grading.batch.grading_process --tell FD`: one submission, one lab, in its own process.

FD is a socket that only the supervisor and this process have. The supervisor sends the order on
it: a command line could be read by student code. This process reports there, as a line of JSON,
each check that begins or ends. After each result it waits until the supervisor has written the
result to its disk, so that killing both processes loses at most one check.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workerlab.errors import BadUsage, WorkerlabError
from workerlab.grading.api import CheckInfo
from workerlab.grading.batch.archives import Refused
from workerlab.grading.batch.isolation import filtered, sandbox_of
from workerlab.grading.batch.unpacking import copied, unwrapped
from workerlab.grading.manifest import Manifest, all_labs, find
from workerlab.grading.result import FAILED, NOT_GRADABLE, CheckResult
from workerlab.grading.run import grade, not_begun
from workerlab.grading.submission import locate
from workerlab.processes.child import Child
from workerlab.processes.sandbox import confine
from workerlab.processes.tree import PR_SET_DUMPABLE, process_control

KEPT = b"+"  # the supervisor's reply: the result is on its disk


class Line:
    """The connection to the supervisor, one JSON object a line."""

    def __init__(self, number: int) -> None:
        os.set_inheritable(number, False)  # for us alone
        self._socket = socket.socket(fileno=number)
        self._file = self._socket.makefile("rb")
        self.progress = False  # whether to report what is being tried

    def job(self) -> dict[str, Any]:
        ordered: dict[str, Any] = json.loads(self._file.readline())
        return ordered

    def tell(self, kind: str, **what: object) -> None:
        """Raises OSError when the supervisor is gone."""
        self._socket.sendall(json.dumps({"kind": kind, **what}).encode() + b"\n")

    def event(self, kind: str, what: object) -> None:
        """Pass on what happens in a grading."""
        match kind, what:
            case "started", CheckInfo():
                self.tell("started", check=what.id)
            case "progress", _ if self.progress:
                self.tell("progress", text=what)
            case "finished", CheckResult():
                self.tell("finished", result=asdict(what))
                if self._file.read(1) != KEPT:
                    raise ConnectionError("the supervisor is gone")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tell", type=int, required=True)
    line = Line(parser.parse_args(arguments).tell)
    process_control(PR_SET_DUMPABLE, 0)  # no process of our own user reads our memory or our line
    try:
        run(line.job(), line)
        line.tell("ended")
    except OSError as error:
        print(f"the supervisor is gone: {error}", file=sys.stderr)
        return 1
    return 0


def run(job: dict[str, Any], line: Line) -> None:
    """Grade as the job says: {"source": PATH, "lab": NAME, "seed": N, "only": [CHECK, …], …}."""
    lab, only, source = find(job["lab"]), job["only"], Path(job["source"])
    confine(filtered(sandbox_of(job["sandbox"], source)))
    line.progress, quick = job.get("progress", False), job.get("quick", False)
    try:
        with _folder(source, lab.edits[0]) as folder:
            _must_hold(lab, folder)
            grade(lab, folder, quick=quick, seed=job["seed"], only=only, on_event=line.event)
    except (Refused, BadUsage) as error:
        _all(lab, only, FAILED, str(error), line)
    except WorkerlabError as error:
        _all(lab, only, NOT_GRADABLE, f"{error}; {error.advice}".rstrip("; "), line)


@contextmanager
def _folder(source: Path, name: str) -> Iterator[Path]:
    """The submission as a folder without wrapping; unpacked files are removed with this process."""
    keeper = Child(private=True)
    keeper.open(["true"])
    try:
        folder = copied(source, keeper.folder / "handed-in", name)
        yield unwrapped(folder, {lab.name for lab in all_labs()})
    finally:
        keeper.close()


def _must_hold(lab: Manifest, folder: Path) -> None:
    try:
        locate(lab, folder)
    except BadUsage as error:
        raise BadUsage(f"{lab.name} was not handed in: it has no {', '.join(lab.edits)}") from error


def _all(lab: Manifest, only: list[str], status: str, message: str, line: Line) -> None:
    """One outcome for every check."""
    for result in not_begun(lab, only=only).checks:
        result.status, result.message = status, message
        line.event("finished", result)


if __name__ == "__main__":
    sys.exit(main())
