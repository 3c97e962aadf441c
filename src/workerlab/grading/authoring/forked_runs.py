"""`python -m workerlab.grading.authoring.forked_runs`: grades one job after another, each in a fork.

Most of a short grading is the start of Python with pytest and the engine. A fork of a process that
has them begins at once, and what it changes is gone with it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from importlib import import_module
from threading import Event
from typing import IO, Any, NoReturn

from workerlab.grading.authoring import one_run

# Not the modules with checks and fixtures: pytest has to load those itself.
FIRST = ("pytest", "httpx", "redis", "workerlab.grading.check_lab", "workerlab.stepping.explore")
LOOK_S = 0.1


class _Process(subprocess.Popen[bytes]):
    """The process that forks; we hold both of its pipes."""

    stdin: IO[bytes]
    stdout: IO[bytes]


class ForkedRuns:
    """The side of verify-labs: one run at a time, which can be ended."""

    def __init__(self) -> None:
        self._process: _Process | None = None

    def run(self, job: dict[str, Any], errors: str, seconds: float, stop: Event) -> int | None:
        """The exit status of `one_run` with this job; None when it had to be ended.

        errors    the file that takes what it prints as an error
        seconds   after which it is ended; when `stop` is set, it is ended at once
        """
        process = self._process = self._process or self._started()
        order = {"job": job, "errors": errors, "env": dict(os.environ), "cwd": os.getcwd()}
        until = time.monotonic() + seconds
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(order).encode() + b"\n")
            process.stdin.flush()
        while not select.select([process.stdout], [], [], LOOK_S)[0]:
            if stop.is_set() or time.monotonic() > until:
                self.close()
                return None
        if status := process.stdout.readline():
            return int(status)
        self.close()
        return -signal.SIGKILL  # somebody has ended it

    @staticmethod
    def _started() -> _Process:
        command = [sys.executable, "-m", "workerlab.grading.authoring.forked_runs"]
        pipe = subprocess.PIPE
        return _Process(command, stdin=pipe, stdout=pipe, start_new_session=True)

    def close(self) -> None:
        """End it, with what it may be running."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # what a run has started ends with it
            process.wait()
            process.stdout.close()
            with suppress(BrokenPipeError):
                process.stdin.close()


def main() -> None:
    """Fork for each line of the standard input, and print the exit status of each."""
    for name in FIRST:
        import_module(name)
    for line in sys.stdin.buffer:
        pid = os.fork()
        if pid == 0:
            _be_one(json.loads(line))
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _be_one(order: dict[str, Any]) -> NoReturn:
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        errors = os.open(order["errors"], os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        for number, file in enumerate((nowhere, nowhere, errors)):
            os.dup2(file, number)
        os.environ.clear()
        os.environ.update(order["env"])
        os.chdir(order["cwd"])
        status = one_run.grade(order["job"])
        sys.stderr.flush()
        os._exit(status)
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
