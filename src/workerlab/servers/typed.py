"""A server with the command that one types in a terminal, and nothing of ours in its workers.

    program = typed(f"fastapi run app.py --workers 2 --port {free_port()}", workers=2)
    program.pid, program.log
    program.close()

`Server` passes a listening socket on to its workers and wraps the app. Here the command does
all of it, so that a reader sees what it does by itself.
"""

from __future__ import annotations

import os
import shlex
import socket
import sys
import time
from collections.abc import Mapping
from typing import Protocol

from workerlab.errors import AppDidNotStart, NotReady
from workerlab.processes.child import Child
from workerlab.processes.patience import Deadline
from workerlab.servers.server import START_S

__all__ = ["free_port", "typed", "until_logged"]

STARTED = "startup complete"  # uvicorn's words, once for each worker
LISTENS = ("Uvicorn running on", "Listening at")  # … and gunicorn's, once. A lone uvicorn worker
# says that it has started before it listens.
LOOK_S = 0.05  # seconds between two looks at a log


class Logged(Protocol):
    """What has a log: a Child or a Server."""

    @property
    def log(self) -> str: ...


def free_port() -> int:
    """A port of this machine that is free, and for a minute given to nobody who asks for any port.

    A connection was closed there: the system keeps its port for whoever names it, as servers do.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            free.accept()[0].close()
    return port


def typed(
    command: str,
    *,
    workers: int = 1,
    env: Mapping[str, str] | None = None,
    deadline: float = START_S,
) -> Child:
    """Start a program of this Python (as `python -m`) that serves with uvicorn's workers.

    `env` is put on top of this process's environment.

    Returns when its log says that it listens, and that `workers` of them have started. It ends
    with this process at the latest. Raises AppDidNotStart if it ends by itself, NotReady after
    `deadline` seconds.
    """
    words = shlex.split(command)
    child = Child()
    child.open(
        [sys.executable, "-m", *words], env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})}
    )
    child.start()
    limit = Deadline(deadline)
    while not _is_up(child.log, workers):
        late, status = limit.passed, child.poll()
        if late or status is not None:
            child.close(kill=True)
            if status is None:
                raise NotReady(f"{words[0]} did not start {workers} workers", "", child.log)
            advice = "see what it printed"
            raise AppDidNotStart(f"{words[0]} ended with {status}", advice, child.log)
        time.sleep(LOOK_S)
    return child


def _is_up(log: str, workers: int) -> bool:
    return log.count(STARTED) >= workers and any(words in log for words in LISTENS)


def until_logged(program: Logged, text: str, times: int, deadline: float = 60.0) -> None:
    """Return when a program's log has a text so many times. Raises NotReady after `deadline` s."""
    limit = Deadline(deadline)
    while program.log.count(text) < times:
        if limit.passed:
            found = program.log.count(text)
            raise NotReady(f"{text!r} is in the log {found} times, not {times}", "", program.log)
        time.sleep(LOOK_S)
