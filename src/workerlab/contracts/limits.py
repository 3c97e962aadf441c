"""The contract of lab 19, as its checks ask for it: a limit over all workers, and true numbers.

    GET /work     header X-Key: 200, or 429 with Retry-After: n; without X-Key 400 or 422
    GET /metrics  200, text/plain: work_total{code="200"} n and work_total{code="429"} n

Each 200 is given at one moment between the sending of its request and the arrival of its response.
So a response is a span of time here, and a fault is reported only where every moment in the spans
breaks the contract.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException

from workerlab.bounded_json import read_response
from workerlab.contracts.counter import RESPONSE_S, Caller, each_worker, last_words
from workerlab.processes.patience import wait_to_read
from workerlab.servers import Server

__all__ = [
    "Asked",
    "Visitor",
    "all_at_once",
    "knock",
    "must_keep_the_limit",
    "too_few",
    "too_many",
    "visitors",
    "wrong_wait",
]

EDGE_S = 0.05  # at the edges of a window this much is not graded
_SAMPLE = re.compile(r"^work_total\s*\{\s*code\s*=\s*\"(\d+)\"\s*,?\s*\}\s+(\S+)(?:\s+\d+)?\s*$")
_NAMED = re.compile(r"^work_total\b")


@dataclass(frozen=True)
class Asked:
    """One GET /work: its status, and when it was sent and answered (seconds, monotonic)."""

    status: int
    sent: float
    arrived: float
    retry_after: str | None = None

    @property
    def granted(self) -> bool:
        return self.status == 200


@dataclass
class Visitor:
    """A client of one worker, which knows the allowed responses."""

    line: Caller
    pid: int
    seen: list[Asked] = field(default_factory=list)  # its requests, of any key

    def work(self, key: str | bytes) -> Asked:
        """GET /work with this key; an assertion for anything but 200 and 429."""
        asked = self.ask(key)
        shown = key if isinstance(key, str) else key.decode(errors="replace")
        message = f"GET /work with X-Key {shown[:40]!r} was answered {asked.status}"
        why = last_words(self.line.server.log) if asked.status >= 500 else ""
        assert asked.status in (200, 429), f"{message}, not 200 or 429{why}"
        return asked

    def ask(self, key: str | bytes | None) -> Asked:
        """GET /work as it is answered; without the header where the key is None."""
        raw = key.encode() if isinstance(key, str) else key
        sent = time.monotonic()
        status, _, retry_after = self._get("/work", {} if raw is None else {"x-key": raw})
        asked = Asked(status, sent, time.monotonic(), retry_after)
        self.seen.append(asked)
        return asked

    def metrics(self) -> dict[str, int]:
        """The numbers of {code: n}; 0 for a code without a sample. An assertion for all else."""
        status, body, _ = self._get("/metrics", {})
        why = last_words(self.line.server.log) if status >= 500 else ""
        assert status == 200, f"GET /metrics was answered {status}, not 200{why}"
        return _samples(body.decode(errors="replace"))

    def _get(self, path: str, headers: dict[str, bytes]) -> tuple[int, bytes, str | None]:
        self.line.tried["requests"] += 1
        connection = self.line.connection
        try:
            connection.putrequest("GET", path)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            wait_to_read(connection.sock, RESPONSE_S)
            response = connection.getresponse()
            kind = response.headers.get_content_type()
            raw = read_response(response, RESPONSE_S)
        except (OSError, HTTPException) as error:
            connection.close()
            why = (
                f"nothing for {RESPONSE_S:g} s" if isinstance(error, TimeoutError) else repr(error)
            )
            raise AssertionError(f"GET {path} got no answer: {why}") from None
        if path == "/metrics" and response.status == 200:
            assert kind == "text/plain", f"GET /metrics is answered as {kind}, not text/plain"
        return response.status, raw, response.headers.get("retry-after")


def _samples(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in text.splitlines():
        if not _NAMED.match(line):
            continue
        sample = _SAMPLE.match(line)
        assert sample, (
            f"GET /metrics has the line {line[:80]!r}; "
            'work_total has one label, as in work_total{code="200"} 3'
        )
        code, number = sample.groups()
        assert code in ("200", "429"), f"GET /metrics counts code {code}, which is not 200 or 429"
        assert code not in found, f"GET /metrics has two samples for code {code}"
        try:
            value = float(number)
        except ValueError:
            value = 0.5
        assert value == int(value) >= 0, f"GET /metrics says {number} for code {code}"
        found[code] = int(value)
    return {"200": 0, "429": 0} | found


@contextmanager
def visitors(server: Server, tried: dict[str, int]) -> Iterator[list[Visitor]]:
    """A visitor for each worker of a server, when all of them are there."""
    with each_worker(server, tried) as lines:
        yield [Visitor(line, pid) for line, pid in zip(lines, sorted(server.pids), strict=True)]


def too_many(asked: Iterable[Asked], limit: int, window: float) -> str:
    """A sentence when more than `limit` 200s surely lie within one window, or "".

    asked   the requests of one key
    """
    granted = sorted((one for one in asked if one.granted), key=lambda one: one.arrived)
    for last in range(limit, len(granted)):
        few = granted[: last + 1]
        first = sorted(few, key=lambda one: one.sent)[-limit - 1 :]
        span = few[-1].arrived - first[0].sent
        if span < window - EDGE_S:
            return (
                f"{limit + 1} requests of one key were answered 200 within {span:.2f} s; "
                f"LIMIT is {limit} in {window:g} s"
            )
    return ""


def too_few(asked: Iterable[Asked], limit: int, window: float) -> str:
    """A sentence when a request was refused though the window surely had room, or "".

    asked   all requests of one key
    """
    asked = [*asked]
    granted = [one for one in asked if one.granted]
    for refused in asked:
        if refused.granted:
            continue
        inside = [
            one
            for one in granted
            if one.sent <= refused.arrived and one.arrived > refused.sent - window - EDGE_S
        ]
        if len(inside) < limit:
            return (
                f"a request was answered 429 when only {len(inside)} of its key had been answered "
                f"200 in the {window:g} s before; LIMIT is {limit}"
            )
    return ""


def wrong_wait(refused: Asked, granted: list[Asked], window: float) -> str:
    """A sentence when the Retry-After of a 429 is surely wrong, or "".

    granted   the 200s that fill the window; the oldest of them leaves it first
    """
    text = refused.retry_after
    if text is None:
        return "a 429 has no Retry-After"
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        return f"Retry-After is {text!r}; it must be a whole number of seconds, 1 or more"
    soonest = min(one.sent for one in granted) + window - refused.arrived
    latest = min(one.arrived for one in granted) + window - refused.sent
    if int(text) < soonest - EDGE_S:
        return (
            f"Retry-After is too short: it says {text}, and the key is free after {soonest:.2f} s"
        )
    if int(text) > max(1.0, latest + 1) + EDGE_S:
        return f"Retry-After is too long: it says {text}, and the key is free after {latest:.2f} s"
    return ""


def must_keep_the_limit(asked: Sequence[Asked], limit: int, window: float, when: str) -> None:
    """An assertion that says `when`, unless these requests of one key keep to the contract."""
    many = too_many(asked, limit, window)
    assert not many, f"More requests of a key than LIMIT were answered 200.\n{when}: {many}"
    few = too_few(asked, limit, window)
    assert not few, f"A request was refused although its key had room.\n{when}: {few}"


def all_at_once(workers: Sequence[Visitor], key: str) -> list[Asked]:
    """One request of each visitor with the same key, all at the same moment."""
    with ThreadPoolExecutor(len(workers)) as pool:
        return [*pool.map(lambda worker: worker.work(key), workers)]


def knock(
    workers: Sequence[Visitor], key: str, began: float, rounds: Iterable[tuple[float, int]]
) -> list[Asked]:
    """Requests of one key, one after the other, each to the next worker.

    rounds   (seconds after `began`, how many requests then)
    """
    asked: list[Asked] = []
    for moment, number in rounds:
        time.sleep(max(0.0, began + moment - time.monotonic()))
        for _ in range(number):
            asked.append(workers[len(asked) % len(workers)].work(key))
    return asked
