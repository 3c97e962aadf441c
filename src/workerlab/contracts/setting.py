"""The contract of lab 11, as its checks ask for it: one value, which every worker remembers.

    GET /settings             200 {"value": v}, from the worker's own memory
    PUT /settings {"value"}   200 {"workers": n}, when all n live workers have applied it

Any other response becomes an assertion whose message is for the student.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException

from workerlab.bounded_json import loaded, read_response
from workerlab.contracts.counter import RESPONSE_S, Caller, each_worker, last_words
from workerlab.models.setting import number_in
from workerlab.network.delay import Link
from workerlab.servers import Server

__all__ = ["READ", "put", "tellers", "two_at_once"]

JSON = {"content-type": "application/json"}
CHANGE = "PUT /settings"
READ = "GET /settings"
STOPPED_S = 0.4  # how long a worker is stopped between two of its steps


def put(value: object) -> str:
    """A request to change the value, as a program of a search reads it."""
    return f"{CHANGE} {json.dumps({'value': value})}"


def same(one: object, other: object) -> bool:
    """Whether two JSON scalars are the same: 1 and 1.0 are, 1 and true are not."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


@dataclass
class Teller:
    """A client of one worker, which knows the allowed responses."""

    line: Caller
    pid: int

    def change(self, value: object, seconds: float = RESPONSE_S) -> int:
        """The n of the response to a PUT, which may take so many seconds."""
        given = {"value": value}
        body = self._answer("PUT", f"{CHANGE} {json.dumps(given)[:60]}", given, seconds)
        message = f"{CHANGE} {json.dumps(given)[:60]} answered {json.dumps(body)[:60]}"
        n = number_in(body)
        assert n is not None, f'{message}; the contract is {{"workers": n}}, a whole number above 0'
        return n

    def value(self, seconds: float = RESPONSE_S) -> object:
        """The value in this worker's memory."""
        body = self._answer("GET", READ, None, seconds)
        message = f"{READ} answered {json.dumps(body)[:80]}"
        assert isinstance(body, dict) and "value" in body, (
            f'{message}; the contract is {{"value": v}}'
        )
        return body["value"]

    def has(self, value: object, message: str) -> None:
        """An assertion that begins with `message`, unless this worker has exactly this value."""
        got = self.value()
        assert same(got, value), f"{message}: it has {json.dumps(got)}, not {json.dumps(value)}"

    def _answer(self, method: str, what: str, given: object, seconds: float) -> object:
        self.line.tried["requests"] += 1
        connection = self.line.connection
        try:
            if connection.sock is None:
                connection.connect()
            connection.sock.settimeout(seconds)
            body = None if given is None else json.dumps(given)
            connection.request(method, "/settings", body, JSON if body else {})
            response = connection.getresponse()
            raw = read_response(response, seconds)
        except (OSError, HTTPException) as error:
            connection.close()
            late = isinstance(error, TimeoutError)
            why = f"nothing for {seconds:g} s" if late else repr(error)
            raise AssertionError(f"{what} got no answer: {why}") from None
        if response.status != 200:
            why = last_words(self.line.server.log) if response.status >= 500 else ""
            raise AssertionError(f"{what} was answered {response.status}, not 200{why}")
        try:
            return loaded(raw)
        except ValueError:
            raise AssertionError(f"{what} was answered {raw[:60]!r}, which is not JSON") from None


@contextmanager
def tellers(server: Server, tried: dict[str, int]) -> Iterator[list[Teller]]:
    """A teller for each worker of a server, when all of them are there."""
    with each_worker(server, tried) as lines:
        yield [Teller(line, pid) for line, pid in zip(lines, sorted(server.pids), strict=True)]


def two_at_once(link: Link, one: Teller, other: Teller, step: int) -> None:
    """Two PUTs: the one is stopped before a step on Redis, the other goes on meanwhile.

    The other may have to wait for the one, which is stopped for a short while only. `step` is 0
    for the first.
    """
    with ThreadPoolExecutor(2) as pool:
        with link.stopping_before(step, one.pid) as stop:
            first = pool.submit(one.change, f"one {step}")
            while not stop.wait(0.002) and not first.done():
                pass
            second = pool.submit(other.change, f"other {step}")
            wait([second], STOPPED_S)
        first.result()
        second.result()
