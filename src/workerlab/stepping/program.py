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

_REQUEST = re.compile(r"\s*([A-Za-z]+)\s+(/\S*)(?:\s+(\S.*?))?\s*$")


@dataclass(frozen=True)
class Request:
    """One HTTP request; `body` is sent as JSON unless it is None."""

    method: str
    path: str
    body: object = None

    @classmethod
    def parse(cls, text: str) -> "Request":
        """Read `METHOD /path [JSON]`, or `START`. Raises BadUsage."""
        if text.strip().upper() == START:
            return cls(START, "")
        found = _REQUEST.match(text)
        if not found:
            advice = 'write it as "POST /increment"'
            raise BadUsage(f"{text.strip()!r} is not a request", advice)
        method, path, body = found.groups()
        try:
            return cls(method.upper(), path, json.loads(body) if body else None)
        except ValueError as error:
            raise BadUsage(f"the body {body!r} is not JSON: {error}", "quote it as JSON") from None

    def __str__(self) -> str:
        body = "" if self.body is None else f" {json.dumps(self.body)}"
        return f"{self.method} {self.path}{body}".strip()

    @property
    def starts_a_worker(self) -> bool:
        return self.method == START


def _parse_all(text: str) -> tuple[Request, ...]:
    return tuple(Request.parse(part) for part in text.split("|") if part.strip())


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
