"""One request as the conductor sees it: where it is, what it may do next, and its response."""

import socket
import time
from collections.abc import Callable
from enum import StrEnum
from http.client import HTTPConnection
from typing import Any

from workerlab.bounded_json import loaded
from workerlab.exchange import Exchange, decoded, headers_by_name
from workerlab.history import Event
from workerlab.processes.patience import Deadline
from workerlab.stepping.access import Access, note
from workerlab.stepping.controller.source_lines import Sources
from workerlab.stepping.controller.stop import Stop
from workerlab.stepping.lease import Lease
from workerlab.stepping.protocol import FREE, GO, LONGEST_LINE, MODE_HEADER, TASK_HEADER, decode
from workerlab.stepping.request import Request

MOST_PASSED = 10_000  # steps of one schedule at which it was not held; no task reports more of them
RESPONSE_S = 10.0  # seconds for a response that has begun to arrive, without those it was held


class State(StrEnum):
    """`ready`: not sent yet. `moving`: was let go and has not reported. `gate`: held. `blocked`:
    was let go and waits for another process. `done`: has its response, and nothing of it runs."""

    READY = "ready"
    MOVING = "moving"
    GATE = "gate"
    BLOCKED = "blocked"
    DONE = "done"


class RemoteTask:
    """A request of the program, on its own kept-alive connection to one worker.

    Only the methods below change its attributes.

    warm       its worker has responded to a held request before
    alone      no other task is on its worker, so that it shares no memory with one
    held       it has a gate channel that is still open
    rest       what it told of the values of its steps when all had ended
    passed     the steps that it reported without being held, until they are taken
    touched    the accesses of its steps that have ended, until they are taken
    caveats    why no footprint of its worker says all, in words
    leases     the keys that it has given a time-to-live, until they are taken
    spinning   it has come back to a gate that it had passed while no other task moved, and may have
               looked meanwhile for what another one does
    """

    def __init__(
        self,
        name: str,
        request: Request,
        pid: int,
        connection: HTTPConnection,
        warm: bool = True,
        alone: bool = False,
    ) -> None:
        self.name, self.request = name, request
        self.pid, self.connection, self.warm, self.alone = pid, connection, warm, alone
        self.state = State.READY
        self.stop: Stop | None = None
        self.channel: socket.socket | None = None
        self.said_done = self.answered = self.held = self.spinning = False
        self.status: int | None = None
        self.output: object = None
        self.headers: dict[str, str] | None = None
        self.error: str | None = None
        self.called: int | None = None
        self.returned: int | None = None
        self.passed: list[Stop] = []
        self.rest: dict[str, Any] = {}
        self.touched: set[Access] = set()
        self.caveats: set[str] = set()
        self.leases: list[Lease] = []
        self._exchange: Exchange | None = None  # once it has been sent
        self._rest: Deadline | None = None  # for the rest of a response, once it has begun
        self._unread = b""
        self._waiting_stops: list[Stop] = []  # of further strands of the same request
        self._seen_gates: dict[Stop, int] = {}  # and how often it had touched something by then
        self._touches = 0
        self._gate_since = self._held_before = self._held_at_first_byte = 0.0

    @property
    def enabled(self) -> bool:
        """Whether it may be let go now."""
        return self.state in (State.READY, State.GATE)

    @property
    def gate(self) -> Stop | None:
        """The gate at which it is held now, if it is."""
        return self.stop if self.state is State.GATE else None

    @property
    def seconds_held(self) -> float:
        """How long it has been held at gates so far, all together."""
        at_gate = time.monotonic() - self._gate_since if self.state is State.GATE else 0.0
        return self._held_before + at_gate

    # -- called by the conductor -------------------------------------------------------------

    def call(self, tick: int, label: str | None, mode: str) -> None:
        """Send the request; with a label it is held at its gates, without it runs free."""
        self.called = tick
        try:
            self._send(label, mode)
        except OSError as error:  # the worker has gone
            self.error = type(error).__name__
            self.connection.close()  # half a request is in it: no other may use it
            self.answered, self.state = True, State.DONE

    def _send(self, label: str | None, mode: str) -> None:
        headers = {TASK_HEADER: label, MODE_HEADER: mode} if label else {}
        body, own = self.request.encoded()
        headers |= own
        self.state = State.MOVING
        self._exchange = Exchange(self.connection)
        self._exchange.send(self.request.method, self.request.target, body, headers)

    def come_to(self, channel: socket.socket) -> None:
        """Its worker has come to the conductor, and is held by way of this channel."""
        self.channel, self.held = channel, True

    def hear(self, received: bytes, sources: Sources) -> bool:
        """Read a report of its worker from the channel; False when that makes no sense."""
        *lines, self._unread = (self._unread + received).split(b"\n")
        try:
            for line in lines:
                self._take(sources, *decode(line))
        except (ValueError, TypeError, KeyError):
            return False
        return len(self._unread) <= LONGEST_LINE and len(self.passed) <= MOST_PASSED

    def _take(self, sources: Sources, word: str, *fields: str) -> None:
        if word in ("gate", "resume"):
            stop = Stop.parse(word, [*fields], sources)
            self._has_touched(*fields[7:8])
            if self.state is State.GATE:  # a second strand: one after the other
                self._waiting_stops.append(stop)
            else:
                self._stopped_at(stop)
        elif word == "pass":
            self.passed.append(Stop.parse(word, [*fields], sources))
        elif word == "done":
            self.said_done = True
            self._has_touched(*fields[:1])
            rest = loaded(fields[1]) if fields[1:] else {}
            if not isinstance(rest, dict):
                raise ValueError("the values of a step are reported by name")
            self.rest = rest

    def _has_touched(self, report: str = "") -> None:
        """Read what a step has touched. Raises ValueError for what is no such report."""
        read = loaded(report) if report else {"accesses": [], "caveats": []}
        if not isinstance(read, dict):
            raise ValueError("a report of what was touched is an object")
        accesses = {Access(*map(str, row)) for row in read["accesses"]}
        note(self.touched, accesses)
        self._touches += bool(accesses)
        self.caveats |= {*map(str, read["caveats"])}
        for place, address, database, key, seconds, login, *how in read.get("leases", ()):
            where = str(place), str(address), int(database), str(key)
            sure, outside = map(bool, how)
            lease = Lease(*where, float(seconds), (*map(str, login),), sure, outside)
            self.leases.append(lease)

    def _stopped_at(self, stop: Stop) -> None:
        self.stop, self.state, self._gate_since = stop, State.GATE, time.monotonic()

    def hung_up(self, tick: int) -> None:
        """Its gate channel has ended, at this logical time."""
        self.held = False
        if self.answered:
            self.state = State.DONE

    def take_response(self) -> None:
        """Read the part of the response that has arrived, or all of it."""
        exchange = self._exchange
        assert exchange is not None  # a response comes to what has been sent
        first = exchange.began is None
        exchange.take()
        if first:
            self._held_at_first_byte = self.seconds_held
            self._rest = Deadline(RESPONSE_S)
        if exchange.began is not None and not exchange.over:
            slowed = self.seconds_held - self._held_at_first_byte
            if self._rest and self._rest.overdue > slowed:
                exchange.error = "TimeoutError"
        if exchange.over:
            self.answered, self.error = True, exchange.error
            if exchange.complete:
                self.status, self.output = exchange.status, decoded(bytes(exchange.body))
                self.headers = headers_by_name(exchange.headers)

    def finish(self, tick: Callable[[], int]) -> None:
        """The whole response has come: leave the connection to the next request."""
        assert self._exchange is not None
        self._exchange.release()
        if self.error is None:
            self.returned = tick()
        if not self.held:
            self.state = State.DONE

    # -- called by the execution -------------------------------------------------------------

    def ask(self, request: Request) -> None:
        """Ask this, when it is let go for the first time."""
        self.request = request

    def go(self) -> None:
        """Let it take one step, from the gate at which it is held."""
        if self.gate is not None:
            self._seen_gates[self.gate] = self._touches
        self._held_before = self.seconds_held
        self.state = State.MOVING
        self._tell(GO)
        if self._waiting_stops:
            self._stopped_at(self._waiting_stops.pop(0))

    def set_free(self) -> None:
        """Let it run on without ever asking again."""
        if self.held and self.state is State.GATE:
            self._tell(FREE)
            self.state = State.MOVING

    def block(self) -> None:
        """It was let go and waits for another."""
        self.state = State.BLOCKED

    def others_move(self) -> None:
        """Another task takes its turn: to come back to the same gate is no spinning then."""
        self._seen_gates.clear()
        self.spinning = False

    def look_round(self) -> None:
        """It stands still: at a gate that it has passed before, it spins."""
        if self.gate is not None and self.gate in self._seen_gates:
            looked = self._touches > self._seen_gates[self.gate]
            self.spinning = looked or not self.alone or bool(self.caveats)

    def event(self) -> Event:
        """The request and its outcome so far."""
        return Event(
            client=self.name,
            method=self.request.method,
            path=self.request.path,
            input=self.request.body,
            called=float(self.called or 0),
            returned=float(self.returned) if self.returned else None,
            status=self.status,
            output=self.output,
            pid=self.pid,
            error=self.error,
            headers=self.headers,
        )

    def take_touched(self) -> set[Access]:
        """The accesses of its steps that have ended, since they were last taken."""
        touched, self.touched = self.touched, set()
        return touched

    def take_leases(self) -> list[Lease]:
        """The keys that it has given a time-to-live, since they were last taken."""
        leases, self.leases = self.leases, []
        return leases

    def take_passed(self) -> list[Stop]:
        """The steps that it reported without being held, since they were last taken."""
        passed, self.passed = self.passed, []
        return passed

    def _tell(self, word: bytes) -> None:
        assert self.channel is not None  # on which it reported its gate
        try:
            self.channel.send(word)
        except OSError:
            self.held = False  # its worker has died; the HTTP side reports it
