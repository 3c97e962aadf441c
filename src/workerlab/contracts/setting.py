"""The contract of lab 11, as its checks ask for it: one value, which every worker remembers.

    GET /settings             200 {"value": v}, from the worker's own memory
    PUT /settings {"value"}   200 {"workers": n}, when all n live workers have applied it

Any other response becomes an assertion whose message is for the student.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPException
from threading import Event

from workerlab.bounded_json import loaded, read_response
from workerlab.contracts.counter import RESPONSE_S, Caller, each_worker, last_words
from workerlab.contracts.stopped import stopped_at
from workerlab.models.setting import number_in
from workerlab.network.delay import Link
from workerlab.processes.activity import clock_of_waiting
from workerlab.processes.patience import wait_to_read
from workerlab.servers import Server

__all__ = ["READ", "TOO_EARLY", "put", "tellers", "two_at_once", "two_while_one_is_slow"]

JSON = {"content-type": "application/json"}
CHANGE = "PUT /settings"
READ = "GET /settings"
TOO_EARLY = "A PUT was answered too early: a worker had not applied its value."
DISAGREE = "The workers disagree: they have different values."
LATE_S = 1.0  # how late a message may be: see the lab's README
MEANWHILE_S = 0.15  # how long something is waited for that need not come
RACES = 3
LOOK_S = 0.005
MESSAGES, ANSWERS, AN_ANSWER = "messages", "answers", "an answer"
PASSES = {MESSAGES: 1, ANSWERS: 2, AN_ANSWER: 0}  # how many of them come before the others


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

    def has(self, value: object, when: str, fault: str = "A worker has a wrong value.") -> None:
        """An assertion that says `when`, unless this worker has exactly this value.

        fault   what kind of fault it is, if it has another one
        """
        got = self.value()
        assert same(got, value), (
            f"{fault}\n{when}: it has {json.dumps(got)}, not {json.dumps(value)}"
        )

    def _answer(self, method: str, what: str, given: object, seconds: float) -> object:
        self.line.tried["requests"] += 1
        connection = self.line.connection
        try:
            if connection.sock is None:
                connection.connect()
            connection.sock.settimeout(seconds)
            body = None if given is None else json.dumps(given)
            connection.request(method, "/settings", body, JSON if body else {})
            wait_to_read(connection.sock, seconds)
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
        yield [Teller(line, line.pid) for line in lines]


def two_at_once(link: Link, one: Teller, other: Teller, step: int) -> None:
    """Two PUTs: the one is stopped before a step on Redis, the other goes on meanwhile.

    The other may have to wait for the one, which is stopped for a short while only. `step` is 0
    for the first.
    """
    first, second = partial(one.change, f"one {step}"), partial(other.change, f"other {step}")
    stopped_at(link, step, one.pid, first, second)


def two_while_one_is_slow(link: Link, server: Server, tried: dict[str, int]) -> None:
    """Two PUTs at once, while what Redis sends to one worker is late; in each way.

    No PUT may be answered before the slow worker has its value, or a later one, and in the end
    all workers agree.
    """
    with tellers(server, tried) as workers, tellers(server, tried) as eyes:
        first, second, slow = (0, 1, 2) if len(workers) > 2 else (0, 1, 1)
        for way in (MESSAGES, ANSWERS, AN_ANSWER):
            _Race(link, workers, eyes, (first, second), slow, way).run()
        _Race(link, workers, eyes, (first, slow), slow, MESSAGES).run()


@dataclass
class _Race:
    """Two PUTs at once. `workers` send them, and `eyes` see what all workers have meanwhile.

    writers   the workers of the two PUTs
    slow      the worker to which Redis is slow; it may be a writer, too
    way       MESSAGES: they come one by one, so that it acts on the first before it has the second;
              ANSWERS: so do the responses to what it asks then, and its reaction stays half done;
              AN_ANSWER: the first response to what it asks is late, and nothing else
    """

    link: Link
    workers: list[Teller]
    eyes: list[Teller]
    writers: tuple[int, int]
    slow: int
    way: str
    asked: dict[str, Future[int]] = field(default_factory=dict)
    seen: list[tuple[list[str], object]] = field(default_factory=list)
    _end: float = 0.0  # when the late ones come by themselves

    def run(self) -> None:
        for _ in range(RACES):  # a busy machine may need a second try to be in time
            self.workers[0].change("old")
            self.asked, self.seen = {}, []
            with ThreadPoolExecutor(2) as pool:
                in_time = self._race(pool)
                for put in self.asked.values():
                    put.result()
            self._must_be_right()
            if in_time:
                break

    def _race(self, pool: ThreadPoolExecutor) -> bool:
        """Whether all was done before the late ones came by themselves."""
        first, second = self.writers
        with self._late() as holds:
            self._end = time.monotonic() + LATE_S
            self._put(pool, first, "first")
            self._wait_for(holds.is_set)
            self._put(pool, second, "second")
            self._wait_for(lambda: any(put.done() for put in self.asked.values()))
            self._look()
            for _ in range(PASSES[self.way]):
                self.link.let_one_pass()
                self._wait_for(lambda: all(put.done() for put in self.asked.values()))
                self._look()
            return time.monotonic() < self._end

    def _late(self) -> AbstractContextManager[Event]:
        pid = self.eyes[self.slow].pid
        if self.way == MESSAGES:
            return self.link.holding(LATE_S, pid)
        if self.way == ANSWERS:
            return self.link.late_for(pid, LATE_S, after=0)
        return self.link.one_answer_late(pid, LATE_S)

    def _put(self, pool: ThreadPoolExecutor, writer: int, value: str) -> None:
        """Begin a PUT, and wait until a worker that is not slow has its value."""
        witness = next(eye for n, eye in enumerate(self.eyes) if n != self.slow)
        self.asked[value] = asked = pool.submit(self.workers[writer].change, value)
        while time.monotonic() < self._end and not asked.done() and witness.value() != value:
            time.sleep(LOOK_S)

    def _wait_for(self, holds: Callable[[], bool]) -> None:
        """Wait for what need not come; up to twice as long where there is no processor for it."""
        kept_waiting = clock_of_waiting([eye.pid for eye in self.eyes])
        began = time.monotonic()
        while not holds() and time.monotonic() < self._end:
            if time.monotonic() - began > MEANWHILE_S + min(kept_waiting(), MEANWHILE_S):
                break
            time.sleep(LOOK_S)

    def _look(self) -> None:
        """Note what the slow worker has, and which PUTs had been answered before it was asked."""
        answered = [value for value, put in self.asked.items() if put.done()]
        self.seen.append((answered, self.eyes[self.slow].value()))

    def _must_be_right(self) -> None:
        what = f"Two PUTs at once, while {self.way} to a worker came late"
        last = self.eyes[self.slow].value()
        for eye in self.eyes:
            eye.has(
                last,
                f"{what}; afterwards that worker has {json.dumps(last)}, and another one is asked",
                DISAGREE,
            )
        assert last in self.asked, (
            f"A PUT was answered, and no worker has its value.\n{what}; afterwards all have "
            f"{json.dumps(last)}"
        )
        for answered, value in self.seen:
            allowed = [last] if last in answered else [*self.asked, *([] if answered else ["old"])]
            assert value in allowed, (
                f"{TOO_EARLY}\n{what}; the PUT of {' and that of '.join(map(json.dumps, answered))} "
                f"was answered, and then that worker was asked: it has {json.dumps(value)}"
            )
