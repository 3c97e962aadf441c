"""The workers of one server, and the kept connections that lead to each of them."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPConnection
from urllib.parse import urlsplit

from workerlab.errors import NotReady
from workerlab.history import Event
from workerlab.servers import Server
from workerlab.servers.readiness import is_open, meet
from workerlab.servers.runners import PATIENCE_S
from workerlab.stepping.controller.free_request import ask_alone
from workerlab.stepping.program import Request

FREE_RUN_S = 10.0  # how long a request that no gate holds may take
MOST_TRIES = 20  # rounds of new connections until one worker has as many as are needed


class Connections:
    """Connections to each worker of `server`, which are opened when they are needed.

    tick    gives the logical time of a call and of a return
    roots   the server's processes when its workers were met last
    """

    def __init__(self, server: Server, tick: Callable[[], float]) -> None:
        self.server, self.tick = server, tick
        self.roots: list[int] = []
        self._lines: dict[int, list[HTTPConnection]] = {}

    @property
    def workers(self) -> list[int]:
        """The workers that can be reached, by age, each met on connections of its own."""
        if not self._lines:
            self.meet()
        return sorted(self._lines)

    @property
    def open(self) -> dict[int, list[HTTPConnection]]:
        """By worker, the connections that are kept now."""
        return {pid: list(lines) for pid, lines in self._lines.items()}

    def meet(self) -> None:
        """Wait until every worker is there, and open a connection to each."""
        self.server.wait_for_workers()
        self.roots = self.server.tree()
        self._meet_on_new_lines()

    def meet_also(self, pid: int) -> None:
        """A worker has started: open a connection to it. Raises NotReady."""
        if pid not in self.server.wait_for_workers(len(self._lines) + 1):
            raise NotReady(f"worker {pid} has started and does not answer")
        self.roots = self.server.tree()
        self._lines[pid] = []
        self.line(pid)

    def _meet_on_new_lines(self) -> None:
        """Open one more connection to every worker. A pid that an app only claims is no worker."""
        for url in self.server.urls:
            count = len(self.server.pids) // len(self.server.urls)
            port = urlsplit(url).port
            assert port is not None  # each of our servers has one of its own
            for pid, line in meet(port, count, PATIENCE_S, ours=self.ours).items():
                self._lines.setdefault(pid, []).append(line)

    def ours(self, pid: int) -> bool:
        """Whether this is a process of the server: a worker may claim to be any."""
        return pid in self.server.tree()

    def line(self, pid: int, index: int = 0) -> HTTPConnection:
        """The `index`th kept connection to a worker. Raises NotReady when it cannot be met."""
        for line in self._lines[pid]:
            if not is_open(line):
                line.close()
        lines = self._lines[pid] = [line for line in self._lines[pid] if line.sock is not None]
        for _ in range(MOST_TRIES):
            if len(lines) > index:
                break
            self._meet_on_new_lines()
        else:
            raise NotReady(f"worker {pid} could not be reached {index + 1} times at once")
        return lines[index]

    def take(self, pid: int) -> HTTPConnection:
        """A connection to a worker that is the caller's from now on, who closes it."""
        line = self.line(pid)
        self._lines[pid].remove(line)
        return line

    def ask(self, request: Request, pid: int | None = None, timeout: float = FREE_RUN_S) -> Event:
        """Run one request alone, held at no gate, on one worker (the first unless named)."""
        pid = pid or self.workers[0]
        return ask_alone(self.line(pid), request, "-", pid, timeout, self.tick)

    def forget(self, pid: int) -> None:
        """A worker is gone: close the connections to it."""
        for connection in self._lines.pop(pid, []):
            connection.close()

    def close(self) -> None:
        """Hang up on every worker."""
        for pid in [*self._lines]:
            self.forget(pid)
