"""One request as the conductor sees it: where it is, what it may do next, what it answered."""

import json
import socket
import time
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPConnection
from typing import Any

from workerlab.bounded_json import loaded
from workerlab.stepping.controller.exchange import Exchange
from workerlab.stepping.controller.source_lines import Sources
from workerlab.stepping.program import Request
from workerlab.stepping.protocol import FREE, GO, MODE_HEADER, TASK_HEADER

ANSWER_S = 10.0  # seconds for a response that has begun to arrive, without those it was held


class State(StrEnum):
    """`ready`: not sent yet. `moving`: was let go and has not reported. `gate`: held. `blocked`:
    was let go and waits for somebody else. `done`: answered, and nothing of it runs any more."""

    READY = "ready"
    MOVING = "moving"
    GATE = "gate"
    BLOCKED = "blocked"
    DONE = "done"


@dataclass(frozen=True)
class Stop:
    """A gate that a task has reached: where it is, and (when asked to explain) the values.

    source   the line as the student wrote it, without its indentation
    """

    thread: int
    offset: int
    line: int
    kind: str
    function: str
    file: str
    resumes: bool = False  # held after an await, not before an instruction
    details: dict[str, Any] = field(default_factory=dict, compare=False)
    source: str = field(default="", compare=False)

    @classmethod
    def parse(cls, word: str, fields: list[str], sources: Sources) -> "Stop":
        """Read a `gate`, `resume` or `pass` message. Raises ValueError for what is none."""
        thread, offset, line, kind, function, file, details = fields
        values = loaded(details) if details else {}
        if not isinstance(values, dict):
            raise ValueError("the values of a step are told by name")
        source = sources.line(file, int(line))
        if file.startswith("<"):
            source = f"line {int(line)} of a text that is run, in {function}"
        place = (int(thread), int(offset), int(line), kind, function, file)
        return cls(*place, word == "resume", values, source)


class RemoteTask:
    """A request of the program, on its own kept-alive connection to one worker."""

    def __init__(
        self,
        name: str,
        request: Request,
        pid: int,
        connection: HTTPConnection,
        warm: bool = True,
    ) -> None:
        self.name, self.request = name, request
        self.pid, self.connection = pid, connection
        self.warm = warm  # this worker has answered a held request before
        self.state = State.READY
        self.stop: Stop | None = None
        self.waiting_stops: list[Stop] = []
        self.passed: list[Stop] = []  # steps that it told of without being held
        self.channel: socket.socket | None = None
        self.unread = b""
        self.said_done = False
        self.answered = False
        self.held = False  # has a gate channel that is still open
        self.passing_first_gate = False
        self.spinning = False
        self.seen_gates: set[Stop] = set()
        self.status: int | None = None
        self.output: object = None
        self.error: str | None = None
        self.called: int | None = None
        self.returned: int | None = None
        self.cpu_at_grant = 0.0
        self.gate_since = self.held_before = self.held_at_first_byte = 0.0
        self.exchange: Exchange | None = None  # once it has been sent

    @property
    def enabled(self) -> bool:
        return self.state in (State.READY, State.GATE)

    @property
    def gate(self) -> Stop | None:
        """The gate at which it is held now, if it is."""
        return self.stop if self.state is State.GATE else None

    def send(self, label: str | None, mode: str) -> None:
        """Send the request; with a label it is held at its gates, without it runs free."""
        headers = {TASK_HEADER: label, MODE_HEADER: mode} if label else {}
        body = None
        if self.request.body is not None:
            body = json.dumps(self.request.body).encode()
            headers["content-type"] = "application/json"
        self.state = State.MOVING
        self.passing_first_gate = bool(label)
        self.exchange = Exchange(self.connection)
        self.exchange.send(self.request.method, self.request.path, body, headers)

    def stopped_at(self, stop: Stop) -> None:
        """It has reached a gate and is held there from now on."""
        self.stop, self.state, self.gate_since = stop, State.GATE, time.monotonic()

    @property
    def seconds_held(self) -> float:
        """How long it has been held at gates so far, all together."""
        at_gate = time.monotonic() - self.gate_since if self.state is State.GATE else 0.0
        return self.held_before + at_gate

    def go(self) -> None:
        """Let the task take one step."""
        self.held_before = self.seconds_held
        self.state = State.MOVING
        self._tell(GO)

    def set_free(self) -> None:
        """Let the task run on without ever asking again."""
        if self.held and self.state is State.GATE:
            self._tell(FREE)
            self.state = State.MOVING

    def _tell(self, word: bytes) -> None:
        assert self.channel is not None  # on which it told of its gate
        try:
            self.channel.send(word)
        except OSError:
            self.held = False  # its worker has died; the HTTP side reports it

    def hung_up(self, tick: int) -> None:
        """Its gate channel has ended, at this logical time."""
        self.held = False
        if self.answered:
            self.state = State.DONE

    def take_answer(self) -> None:
        """Take in what has arrived of the response: all of it, or a part."""
        exchange = self.exchange
        assert exchange is not None  # an answer comes to what has been sent
        first = exchange.began is None
        exchange.take()
        if first:
            self.held_at_first_byte = self.seconds_held
        if exchange.began is not None and not exchange.over:
            slowed = self.seconds_held - self.held_at_first_byte
            if time.monotonic() - exchange.began - slowed > ANSWER_S:
                exchange.error = "TimeoutError"
        if exchange.over:
            self.answered, self.error = True, exchange.error
            if exchange.complete:
                self.status, self.output = exchange.status, decoded(bytes(exchange.body))

    def release(self) -> None:
        """Leave the connection, on which the whole answer has come, to the next request."""
        assert self.exchange is not None
        self.exchange.release()


def decoded(raw: bytes) -> object:
    text = raw.decode(errors="replace")
    try:
        return loaded(text)
    except ValueError:
        return text[:2000]
