"""`python -m workerlab.servers.fork_server ARGUMENTS`: uvicorn, whose workers start with their libraries.

Most of a worker's start is importing FastAPI and a store's client, the same in each of them. Here
uvicorn's own process imports those once, and its workers are forked from it; it has no thread, and
runs nothing of the app. The app, the files beside it, and every other library are imported by each
worker itself.

An app must not be able to tell: what is right under uvicorn is right here, and what is wrong there
is wrong here. So uvicorn makes its workers as ever, by the standard library's `spawn`, which is
only given another way to start the command of a new process: see `as_new` for how such a process
begins, `first_worker` for the one that is not forked, and the test `test_as_plain_uvicorn` for
what still differs.
"""

from __future__ import annotations

import os
import runpy
import select
import signal
import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from multiprocessing import util
from multiprocessing.connection import wait
from socket import socket
from typing import Any

from uvicorn.config import Config
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from workerlab.servers.as_new import close_all_but, handlers, restore, run_as_new
from workerlab.servers.first_worker import FirstWorker
from workerlab.servers.preload import app_file, preload
from workerlab.servers.telling import may_tell

OF_SPAWN = "--multiprocessing-fork"  # the last word of the command of a spawned process


class Launcher:
    """In place of the standard library's way to start a command with some descriptors."""

    def __init__(self, first: FirstWorker | None) -> None:
        self._first = first
        self._plainly = util.spawnv_passfds
        self._handlers = handlers()

    def __call__(self, program: bytes, words: Sequence[str | bytes], fds: Sequence[int]) -> int:
        """The pid of the new process."""
        command, passed = [*map(os.fsdecode, words)], sorted({*fds})
        if command[-1] != OF_SPAWN:  # a resource tracker
            return self._plainly(program, words, fds)
        first, self._first = self._first, None
        return (first and first.become(command, passed)) or self._forked(command, passed)

    def _forked(self, command: list[str], fds: list[int]) -> int:
        # A signal to the child waits until it is the child who hears it.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        pid = os.fork()
        if pid == 0:
            try:
                restore(self._handlers)
                close_all_but(fds)
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
                run_as_new(command)
            finally:
                os._exit(1)  # whatever happens, it is no second parent
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return pid


class Woken(threading.Event):
    """An event whose `wait` also ends when a signal comes."""

    def __init__(self) -> None:
        super().__init__()
        self._wake, end = os.pipe()
        for number in (self._wake, end):
            os.set_blocking(number, False)
        signal.set_wakeup_fd(end, warn_on_full_buffer=False)

    def wait(self, timeout: float | None = None) -> bool:
        if not self.is_set() and select.select([self._wake], [], [], timeout)[0]:
            os.read(self._wake, 1024)
        return self.is_set()


class Supervisor(Multiprocess):
    """uvicorn's parent process, which obeys a signal at once, not up to half a second later.

    When it was held and goes on (SIGCONT), it looks after its workers at once, too.
    """

    def __init__(self, config: Config, sockets: list[socket]) -> None:
        super().__init__(config, sockets)
        self.should_exit = Woken()
        signal.signal(signal.SIGCONT, lambda *_: None)


def ping(worker: Process, timeout: float = 5) -> bool:
    """Whether a worker answers uvicorn's health check within `timeout` seconds.

    In place of uvicorn's own, which waits the whole time for a worker that dies meanwhile.
    """
    try:
        worker.parent_conn.send(b"ping")
        wait([worker.parent_conn, worker.process.sentinel], timeout)
        return worker.parent_conn.poll() and worker.parent_conn.recv() is not None
    except (OSError, EOFError):
        return False


def run(app: str, *, app_dir: str | None = None, **options: Any) -> None:
    """In place of `uvicorn.run`: a single worker has a parent, too, as each of several has."""
    if app_dir is not None:
        sys.path.insert(0, app_dir)
    config = Config(app, **options)
    Supervisor(config, sockets=[config.bind_socket()]).run()


def main(arguments: list[str]) -> None:
    """uvicorn's own command line, whose workers are made in another way."""
    several = arguments[arguments.index("--workers") + 1] != "1"
    launcher = Launcher(FirstWorker() if several and may_tell(app_file()) else None)
    preload()
    util.spawnv_passfds = launcher  # type: ignore[assignment]
    import_module("uvicorn.main").run = run  # type: ignore[attr-defined]
    Process.ping = ping  # type: ignore[method-assign, assignment]
    runpy.run_module("uvicorn", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
