"""A burst after a search: many requests of a program at one moment, with no worker held.

The stepping engine and the meetings at the store cannot hold every step, such as those in another
process; a burst may still find the race. It looks like plain traffic: warm connections, kept
alive, spread over the workers by Linux. Each request is sent except for its last byte; then the
last bytes go out together, so that all requests arrive at one moment. The responses are checked
against the program's model.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, Self
from urllib.parse import urlsplit

from workerlab.bounded_json import read_response
from workerlab.draw.timeline_evidence import burst_evidence
from workerlab.exchange import decoded
from workerlab.history import Event, History
from workerlab.linearizability.check import check as fits_one_order
from workerlab.models.counter import counter
from workerlab.processes.patience import wait_to_read
from workerlab.servers import Server
from workerlab.servers.readiness import PROBE, is_open
from workerlab.stepping.placeholders import filled
from workerlab.stepping.program import Program, Request
from workerlab.stepping.searching.oracle import Oracle, model_of
from workerlab.verdict import Verdict

AT_ONCE = 8  # requests of one round: more have too many orders to look through
ROUNDS = 12
RESPONSE_S = 10.0  # seconds that one request may take
UNHELD = "No schedule is sure to show it: this was a burst at full speed, with no worker held."


class WarmConnections:
    """Warm connections to a server; a context manager that closes them."""

    def __init__(self, server: Server, size: int = AT_ONCE) -> None:
        place = urlsplit(server.url)
        self._lines = [HTTPConnection(place.hostname or "", place.port) for _ in range(size)]

    def __enter__(self) -> Self:
        for line in self._lines:
            self._warm(line)
        return self

    def __exit__(self, *_: object) -> None:
        for line in self._lines:
            line.close()

    def at_once(self, requests: list[tuple[str, Request]]) -> list[Event]:
        """Send requests, by the names of their clients, so that they arrive at one moment."""
        ready = []
        for line, (name, request) in zip(self._lines, requests, strict=False):
            self._warm(line)
            text = _as_sent(request, line)
            line.sock.sendall(text[:-1])
            ready.append((line, name, request, text[-1:]))
        called = time.monotonic()
        for line, _, _, last in ready:
            line.sock.sendall(last)
        return [_answered(line, name, request, called) for line, name, request, _ in ready]

    def ask(self, name: str, request: Request) -> Event:
        """One request, alone."""
        return self.at_once([(name, request)])[0]

    @staticmethod
    def _warm(line: HTTPConnection) -> None:
        """Make sure that a worker has accepted the connection and responded on it."""
        if not is_open(line):
            line.close()
            line.timeout = RESPONSE_S
            line.request("GET", PROBE)
            wait_to_read(line.sock, RESPONSE_S)
            line.getresponse().read()


def burst_behind(
    server: Server, program: Program, verdict: Verdict, progress: Callable[[str], None]
) -> Verdict:
    """The verdict of a search, or failed when a burst of the same requests gets wrong responses."""
    oracle = Oracle(program)
    sent = 0
    with WarmConnections(server) as connections:
        for number in range(ROUNDS):
            progress(f"a burst, for the {number + 1}th time")
            history = _round(connections, program)
            sent += len(history)
            if violation := oracle.violation(history):
                model = model_of(program, history)
                found = fits_one_order(model.read(history), model)
                tried = verdict.tried | {"requests": verdict.tried["requests"] + sent}
                evidence = burst_evidence(history, found)
                message = f"{violation.actual}; {violation.expected}\n{UNHELD}"
                return Verdict("failed", message, tried, evidence)
    tried = verdict.tried | {"requests": verdict.tried["requests"] + sent}
    return replace(verdict, tried=tried)


def _round(connections: WarmConnections, program: Program) -> History:
    """The requests before, the program's requests at one moment, and the requests after."""
    before = [connections.ask("-", request) for request in program.before]
    program = filled(program, before)
    asked = [*zip(program.names, program.requests, strict=True)]
    # A counter takes any number of increments. Any other request, sent again, means something else.
    size = AT_ONCE if program.model == counter.name else len(asked)
    met = connections.at_once([asked[place % len(asked)] for place in range(size)])
    after = [
        connections.ask(name, request)
        for name, request in zip(program.last_names, program.after, strict=True)
    ]
    return History([*before, *met, *after])


def _as_sent(request: Request, line: HTTPConnection) -> bytes:
    body = b"" if request.body is None else json.dumps(request.body).encode()
    about = "content-type: application/json\r\n" if body else ""
    head = f"{request.method} {request.path} HTTP/1.1\r\nhost: {line.host}:{line.port}\r\n"
    return f"{head}{about}content-length: {len(body)}\r\n\r\n".encode() + body


def _answered(line: HTTPConnection, name: str, request: Request, called: float) -> Event:
    about: dict[str, Any] = {"client": name, "method": request.method, "path": request.path}
    about |= {"input": request.body, "called": called}
    try:
        wait_to_read(line.sock, RESPONSE_S)
        response = HTTPResponse(line.sock, method=request.method)
        response.begin()
        output = decoded(read_response(response, RESPONSE_S))
        if response.will_close or response.status >= 500:
            line.close()
    except (OSError, HTTPException) as error:
        line.close()
        return Event(**about, error=type(error).__name__)
    pid = response.headers.get("x-worker-pid", "")
    return Event(
        **about, returned=time.monotonic(), status=response.status, output=output,
        pid=int(pid) if pid.isascii() and pid.isdigit() else None,
    )  # fmt: skip
