"""A submission's servers and stores, set up so that requests can be made to meet at the store.

The requests and their order are in `at_the_store` and `crashes_at_the_store`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Self

from workerlab.draw.timeline_evidence import burst_evidence
from workerlab.evidence import Evidence
from workerlab.history import Event, History
from workerlab.linearizability.check import check as fits_one_order
from workerlab.network.stop import Stop
from workerlab.processes import activity
from workerlab.servers import Server
from workerlab.servers.readiness import is_open
from workerlab.stepping.controller.free_request import ask_alone
from workerlab.stepping.placeholders import filled
from workerlab.stepping.program import Program, Request
from workerlab.stepping.searching.oracle import model_of

RESPONSE_S = 10.0  # seconds that one request may take
MOST_STEPS = 30  # on a store, of one request


class Meetings:
    """A submission's servers and stores, where the requests of programs are made to meet.

    here     its server, with several workers, on the way that they always have to the stores
    held     one more instance, which reaches the same stores over links
    stop     of these links
    stores   process ids of the stores
    lock     in a database, an address whose user may lock all tables there; "" without one
    calm     makes the stores drop all keys that expire

    A context manager that closes its connections.
    """

    def __init__(
        self,
        here: Server,
        held: Server,
        stop: Stop,
        stores: list[int],
        lock: str = "",
        calm: Callable[[], None] = lambda: None,
    ) -> None:
        self.here, self.held, self.stop, self.stores = here, held, stop, stores
        self.lock, self.calm = lock, calm
        self._lines: list[tuple[int, HTTPConnection]] = []
        self._own: tuple[int, HTTPConnection] | None = None
        self._roots: list[int] = []
        self._pool = ThreadPoolExecutor(6)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()
        for line in [*self._lines, *([self._own] if self._own else [])]:
            line[1].close()

    def gather(self) -> None:
        """Note, before a program is run, which processes are at work unless they are asleep."""
        self._roots = [*self.here.tree(), *self.stores]

    def line(self, place: int) -> tuple[int, HTTPConnection]:
        """A connection to one of the workers, always the same for a place, with its pid."""
        if not self._lines or not all(map(_lives, self._lines)):
            for _, connection in self._lines:
                connection.close()
            self._lines = self.here.connections()
        return self._lines[place % len(self._lines)]

    def own_line(self) -> tuple[int, HTTPConnection]:
        """The connection to the instance that can be held."""
        if self._own is None or not _lives(self._own):
            self._own = self.held.connections()[0]
        return self._own

    def begin(self, line: tuple[int, HTTPConnection], request: Request, name: str) -> Future[Event]:
        return self._pool.submit(self.ask, line, request, name)

    @staticmethod
    def ask(line: tuple[int, HTTPConnection], request: Request, name: str) -> Event:
        pid, connection = line
        return ask_alone(connection, request, name, pid, RESPONSE_S)

    def asleep(self) -> bool:
        """Whether no process works on the requests to `here`: neither a worker nor a store."""
        return not activity.at_work(self._roots)

    def before(self, program: Program) -> tuple[History, Program]:
        """Send the requests before; the program, with its paths filled from their responses."""
        self.calm()
        line = self.line(0)
        history = History(self.ask(line, request, "-") for request in program.before)
        return history, filled(program, history)

    def steps_alone(self, program: Program, place: int) -> int:
        """How many steps on its stores a request takes when no other request is there.

        Sent twice, since the first time it may connect, and prepare statements.
        """
        counts = []
        for _ in range(2):
            _, ready = self.before(program)
            with self.stop.before(MOST_STEPS):
                self.ask(self.own_line(), ready.requests[place], ready.names[place])
                counts.append(self.stop.passed)
        return min(counts)

    def evidence(self, program: Program, history: History) -> Evidence:
        """The requests of a run, and which of them fits no order."""
        model = model_of(program, history)
        return burst_evidence(history, fits_one_order(model.read(history), model))


def _lives(line: tuple[int, HTTPConnection]) -> bool:
    """Whether a worker is still at the other end: uvicorn hangs up after some idle seconds."""
    return is_open(line[1])
