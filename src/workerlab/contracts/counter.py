"""The counter contract, as checks ask for it: the common part of all counter labs.

`POST /increment`, `GET /report` and `POST /reset` are answered 200 and {"count": n}. Any other
response becomes an assertion whose message is for the student.
"""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import NoReturn, Self
from urllib.parse import urlsplit

from workerlab.bounded_json import loaded, read_response
from workerlab.grading.behind.full_speed import must_fit_one_order
from workerlab.processes.patience import wait_to_read
from workerlab.servers import Server
from workerlab.traffic import burst, until_every_worker_answers

__all__ = [
    "INCREMENT",
    "REPORT",
    "RESET",
    "RESPONSE_S",
    "Caller",
    "Request",
    "caller",
    "each_worker",
    "every_response_fits",
    "mixed_requests",
]

Request = tuple[str, str]  # (method, path)
INCREMENT, REPORT, RESET = (
    ("POST", "/increment"),
    ("GET", "/report"),
    ("POST", "/reset"),
)
JSON = {"content-type": "application/json"}
RESPONSE_S = 10.0  # seconds that one request may take


class Caller:
    """One kept connection to a server; `tried` counts the requests that go over it.

    pid   of the worker at the other end; 0 if it is not known

    A context manager that closes the connection.
    """

    def __init__(
        self, server: Server, connection: HTTPConnection, tried: dict[str, int], pid: int = 0
    ) -> None:
        self.server, self.connection, self.tried, self.pid = server, connection, tried, pid
        connection.timeout = RESPONSE_S
        if connection.sock:
            connection.sock.settimeout(RESPONSE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def increment(self) -> int:
        return self.count(INCREMENT)

    def report(self) -> int:
        return self.count(REPORT)

    def reset(self) -> int:
        return self.count(RESET)

    def count(self, request: Request) -> int:
        """The n of the {"count": n} that comes back; an assertion for anything else."""
        body = self.answer(request)
        message = f"{' '.join(request)} answered {json.dumps(body)[:80]}"
        assert isinstance(body, dict) and "count" in body, (
            f'{message}; the contract is {{"count": n}}'
        )
        n = body["count"]
        assert type(n) is int, f"{message}; the count must be a whole number"
        return n

    def answer(self, request: Request) -> object:
        """The JSON that comes back; an assertion for anything but 200 and JSON."""
        status, body = self.ask(request)
        message = f"{' '.join(request)} was answered"
        if status != 200:
            why = last_words(self.server.log) if status >= 500 else ""
            raise AssertionError(f"{message} {status}, not 200{why}")
        try:
            return loaded(body)
        except ValueError:
            raise AssertionError(f"{message} {body[:60]!r}, which is not JSON") from None

    def ask(self, request: Request) -> tuple[int, bytes]:
        """Status and body of the response; an assertion if there is none."""
        self.send(*request)
        return self.heard(*request)

    def send(self, method: str, path: str, given: object = None) -> None:
        """Send a request, with what is given as JSON, and read nothing yet."""
        self.tried["requests"] += 1
        body = None if given is None else json.dumps(given)
        try:
            self.connection.request(method, path, body, JSON if body else {})
        except OSError as error:
            self._got_nothing(method, path, error)

    def heard(self, method: str, path: str) -> tuple[int, bytes]:
        """Status and body of the response to the request that was sent."""
        try:
            wait_to_read(self.connection.sock, RESPONSE_S)
            response = self.connection.getresponse()
            return response.status, read_response(response, RESPONSE_S)
        except (OSError, HTTPException) as error:
            self._got_nothing(method, path, error)

    def _got_nothing(self, method: str, path: str, error: Exception) -> NoReturn:
        self.connection.close()
        raise AssertionError(f"{method} {path} got no answer: {self._why(error)}") from None

    def _why(self, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            return f"nothing for {RESPONSE_S:g} s"
        # A server also hangs up when something fails after a response, in a background task.
        return f"{error!r}{last_words(self.server.log)}"


def last_words(log: str) -> str:
    """The exception that the last traceback in a log ends with, ready to be put behind a message."""
    _, traceback, rest = log.rpartition("\nTraceback (most recent call last):\n")
    lines = [line for line in rest.splitlines() if line and not line.startswith((" ", "\t"))]
    return f"; the app's log says {lines[0][:200]}" if traceback and lines else ""


def caller(server: Server, tried: dict[str, int]) -> Caller:
    """A client of a server with a connection of its own, to be used in a `with`."""
    place = urlsplit(server.url)
    return Caller(server, HTTPConnection(place.hostname or "", place.port), tried)


class each_worker:
    """A caller for each worker of a server, in order of pid; a context manager."""

    def __init__(self, server: Server, tried: dict[str, int]) -> None:
        self.server, self.tried = server, tried

    def __enter__(self) -> list[Caller]:
        lines = self.server.connections()
        self.callers = [Caller(self.server, line, self.tried, pid) for pid, line in lines]
        return self.callers

    def __exit__(self, *_: object) -> None:
        for one in self.callers:
            one.connection.close()


def mixed_requests(n: int, *, resets: bool = False) -> list[Request]:
    """Requests of a mixed burst: three increments to each report, and now and then a reset."""
    mix = [INCREMENT, INCREMENT, REPORT, INCREMENT]
    return [RESET if resets and i % 10 == 9 else mix[i % 4] for i in range(n)]


def every_response_fits(
    server: Server, requests: list[Request], clients: int, tried: dict[str, int]
) -> None:
    """Send a burst; one order must fit all responses, and afterwards all workers agree."""
    with each_worker(server, tried) as (worker, *_):
        start = worker.report()
    history = burst(server, requests, clients=clients, timeout=RESPONSE_S)
    tried["requests"] += len(history)
    must_fit_one_order(history, start)
    left = until_every_worker_answers(server, *REPORT)
    tried["requests"] += len(left)
    counts = [body.get("count") if isinstance(body, dict) else body for body in left.values()]
    assert len(set(map(repr, counts))) == 1, f"after the burst the workers report {counts}"
    if RESET not in requests:
        right = start + requests.count(INCREMENT)
        assert counts[0] == right, (
            f"after the burst the report says {counts[0]}; right were {right}"
        )
