"""The program of a search: a few requests at once, requests before, and requests after.

>>> program = Program.parse("POST /increment | POST /increment")
>>> [str(request) for request in program.requests]
['POST /increment', 'POST /increment']
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from workerlab.errors import BadUsage
from workerlab.stepping.request import LISTENS, START, Request
from workerlab.stepping.request_text import all_requests

__all__ = ["LISTENS", "ONE_WORKER", "START", "TWO_WORKERS", "Request"]

TWO_WORKERS = "two workers"
ONE_WORKER = "one worker"
PLACEMENTS = (TWO_WORKERS, ONE_WORKER)  # where the requests of a program meet
Invariant = Callable[[Any], object]  # see `invariants`


@dataclass(frozen=True)
class Program:
    """Requests that run at once, framed by requests that run alone.

    `before` runs first, one by one (it brings the object into a known state); `after` runs
    when every request has its response. `model` names the specification of the
    responses: one of `models.MODELS`, or "serial": the app's own responses when the requests
    run one after the other, in any order.

    sign_in      requests sent once, before everything else: who signs in, by client
    ignore       what is left out when responses are compared: JSON paths, and names of headers
    invariants   functions that a run must satisfy, in place of a comparison: see `invariants`
    listeners    clients that listen while the requests run: WS /path, SSE /path; one of each at every
                 worker, or as many at one
    """

    requests: tuple[Request, ...]
    before: tuple[Request, ...] = field(default=())
    after: tuple[Request, ...] = field(default=())
    model: str = "counter"
    sign_in: tuple[Request, ...] = ()
    ignore: tuple[str, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    listeners: tuple[Request, ...] = ()

    @classmethod
    def parse(
        cls,
        requests: str,
        before: str = "POST /reset",
        after: str = "GET /report",
        model: str = "counter",
        *,
        sign_in: str = "",
        listen: str = "",
        folder: str = "",
    ) -> "Program":
        """Read requests separated by `|`. Raises BadUsage for no request or more than six.

        folder   where the files are that a form sends
        """
        parsed = all_requests(requests, folder)
        if not 1 <= len(parsed) <= 6:
            raise BadUsage(
                f"a program has one to six requests, not {len(parsed)}",
                'separate them by |, as in "POST /increment | POST /increment"',
            )
        if sum(request.starts_a_worker for request in parsed) > 1:
            raise BadUsage("a program starts one worker at most", "write START once")
        starts = any(request.starts_a_worker for request in parsed)
        if starts and any(request.then for request in parsed):
            raise BadUsage("a program with START has no `then`", "put | between its requests")
        frame = [all_requests(text, folder) for text in (before, after, sign_in, listen)]
        _must_listen_where_asked((*parsed, *frame[0], *frame[1], *frame[2]), frame[3])
        if starts and frame[3]:
            raise BadUsage("a program with START has no listener", "leave one of them out")
        return cls(parsed, frame[0], frame[1], model, frame[2], listeners=frame[3])

    @property
    def starts_a_worker(self) -> bool:
        """Whether one of its requests is START: a worker that starts while the others are served."""
        return any(request.starts_a_worker for request in self.requests)

    @property
    def names(self) -> list[str]:
        """The tasks' names: A, B, C …"""
        return [chr(ord("A") + index) for index in range(len(self.requests))]

    @property
    def follows(self) -> dict[str, str]:
        """The request after whose response another one begins, by the name of the latter.

        >>> Program.parse("POST /a then POST /b | POST /c").follows
        {'B': 'A'}
        """
        names = self.names
        pairs = zip(names, names[1:], self.requests[1:], strict=False)
        return {name: earlier for earlier, name, request in pairs if request.then}

    @property
    def looks(self) -> list[Request]:
        """Those of the requests after that change nothing, and that need no response of the program."""
        return [one for one in self.after if one.method == "GET" and "{" not in str(one)]

    @property
    def listener_names(self) -> list[str]:
        """The names of the clients that listen: "listener", or "listener 1", "listener 2"."""
        if len(self.listeners) == 1:
            return ["listener"]
        return [f"listener {number}" for number in range(1, len(self.listeners) + 1)]

    @property
    def last_names(self) -> list[str]:
        """The names of the requests after: "report", and a number behind a name met before."""
        paths = [request.path.strip("/") or "/" for request in self.after]
        times = [paths[:place].count(path) + 1 for place, path in enumerate(paths)]
        return [f"{path} {n}" if n > 1 else path for path, n in zip(paths, times, strict=True)]

    def __str__(self) -> str:
        return in_one_text(self.requests)


def _must_listen_where_asked(requests: Iterable[Request], listeners: Iterable[Request]) -> None:
    """Raises BadUsage for a listener among the requests, and for a request among the listeners."""
    for request in requests:
        if request.listens:
            advice = "name it as one that listens meanwhile: --listen"
            raise BadUsage(f"{request} has no one response", advice)
    for request in listeners:
        if not request.listens or request.then or request.body is not None:
            advice = 'write it as "WS /path" or "SSE /path"'
            raise BadUsage(f"{request} is not a client that listens", advice)


def in_one_text(requests: Iterable[Request]) -> str:
    """Requests as `Program.parse` reads them."""
    text = ""
    for request in requests:
        separator = " then " if request.then else " | "
        text += f"{separator if text else ''}{request}"
    return text
