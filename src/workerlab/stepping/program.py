"""The program of a search: a few requests at once, requests before, and requests after.

>>> program = Program.parse("POST /increment | POST /increment")
>>> [str(request) for request in program.requests]
['POST /increment', 'POST /increment']
"""

import json
import re
from dataclasses import dataclass, field

from workerlab.errors import BadUsage

__all__ = ["ONE_WORKER", "TWO_WORKERS"]

TWO_WORKERS = "two workers"
ONE_WORKER = "one worker"
PLACEMENTS = (TWO_WORKERS, ONE_WORKER)  # where the requests of a program meet
START = "START"  # in place of a request: a killed worker's replacement starts

_REQUEST = re.compile(r"\s*([A-Za-z]+)\s+(/[^\s|]*)[ \t\r\n]*")
_HEADER = re.compile(r"""-H\s+(['"])\s*([\w-]+)\s*:\s*(.*?)\s*\1\s*""", re.DOTALL)


@dataclass(frozen=True)
class Request:
    """One HTTP request; `body` is sent as JSON unless it is None."""

    method: str
    path: str
    body: object = None
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Request":
        """Read `METHOD /path [JSON] [-H "Name: value"]`, or `START`. Raises BadUsage."""
        request, rest = _first(text)
        if rest.strip():
            raise BadUsage(f"{text.strip()!r} is more than one request", "put | between them")
        return request

    def __str__(self) -> str:
        body = "" if self.body is None else f" {json.dumps(self.body)}"
        return f"{self.method} {self.path}{body}{''.join(map(_quoted, self.headers))}".strip()

    @property
    def starts_a_worker(self) -> bool:
        return self.method == START


def _quoted(header: tuple[str, str]) -> str:
    """A header as it is written behind a request."""
    text = ": ".join(header)
    return f" -H '{text}'" if '"' in text else f' -H "{text}"'


def _first(text: str) -> tuple[Request, str]:
    """The first request of a text, and what stands behind it or behind the | that ends it."""
    if re.match(rf"\s*{START}\s*(\||$)", text, re.IGNORECASE):
        return Request(START, ""), text.partition("|")[2]
    found = _REQUEST.match(text)
    if not found:
        shown = text.partition("|")[0].strip()
        raise BadUsage(f"{shown!r} is not a request", 'write it as "POST /increment"')
    method, path = found.groups()
    rest, body = text[found.end() :], None
    if rest and not rest.startswith(("|", "-H")):
        try:
            body, end = json.JSONDecoder().raw_decode(rest)
        except ValueError as error:
            shown = rest.partition("|")[0].strip()
            raise BadUsage(f"the body {shown!r} is not JSON: {error}", "quote it as JSON") from None
        rest = rest[end:].lstrip()
    headers = []
    while header := _HEADER.match(rest):
        headers.append((header[2].lower(), header[3]))
        rest = rest[header.end() :]
    if rest and not rest.startswith("|"):
        shown = rest.partition("|")[0].strip()
        raise BadUsage(
            f"{shown!r} stands behind the request {method} {path}",
            """write METHOD /path {JSON} -H "Name: value", and | between requests""",
        )
    return Request(method.upper(), path, body, tuple(headers)), rest[1:]


def _parse_all(text: str) -> tuple[Request, ...]:
    requests = []
    while text.strip():
        if text.lstrip().startswith("|"):
            text = text.lstrip()[1:]
            continue
        request, text = _first(text)
        requests.append(request)
    return tuple(requests)


@dataclass(frozen=True)
class Program:
    """Requests that run at once, framed by requests that run alone.

    `before` runs first, one by one (it brings the object into a known state); `after` runs
    when every request has its response. `model` names the specification of the
    responses: one of `models.MODELS`, or "serial": the app's own responses when the requests
    run one after the other, in any order.
    """

    requests: tuple[Request, ...]
    before: tuple[Request, ...] = field(default=())
    after: tuple[Request, ...] = field(default=())
    model: str = "counter"

    @classmethod
    def parse(
        cls,
        requests: str,
        before: str = "POST /reset",
        after: str = "GET /report",
        model: str = "counter",
    ) -> "Program":
        """Read requests separated by `|`. Raises BadUsage for no request or more than six."""
        parsed = _parse_all(requests)
        if not 1 <= len(parsed) <= 6:
            raise BadUsage(
                f"a program has one to six requests, not {len(parsed)}",
                'separate them by |, as in "POST /increment | POST /increment"',
            )
        if sum(request.starts_a_worker for request in parsed) > 1:
            raise BadUsage("a program starts one worker at most", "write START once")
        return cls(parsed, _parse_all(before), _parse_all(after), model)

    @property
    def starts_a_worker(self) -> bool:
        """Whether one of its requests is START: a worker that starts while the others are served."""
        return any(request.starts_a_worker for request in self.requests)

    @property
    def names(self) -> list[str]:
        """The tasks' names: A, B, C …"""
        return [chr(ord("A") + index) for index in range(len(self.requests))]

    @property
    def last_names(self) -> list[str]:
        """The names of the requests after: "report", and a number behind a name met before."""
        paths = [request.path.strip("/") or "/" for request in self.after]
        times = [paths[:place].count(path) + 1 for place, path in enumerate(paths)]
        return [f"{path} {n}" if n > 1 else path for path, n in zip(paths, times, strict=True)]

    def __str__(self) -> str:
        return " | ".join(map(str, self.requests))
