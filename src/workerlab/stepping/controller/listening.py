"""Clients that listen while requests run: over a WebSocket, or to server-sent events.

What a listener has been sent is compared as a response is: every one of them gets every message, and
gets it once. In which order different messages come does not count.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Condition, Thread
from typing import Self

from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from workerlab.exchange import decoded
from workerlab.history import Event
from workerlab.processes.patience import Deadline
from workerlab.stepping.placeholders import is_like_an_id
from workerlab.stepping.request import WS, Request

OPEN_S = 10.0  # until a listener is taken
CALM_S = 1.5  # without a message: nothing more comes. An app may look for news once a second
BRIEF_S = 0.05  # the same, when all that ever came has come
TAKEN_S = 0.02  # the same, when a client has come or gone
SHORT_S = 0.3  # the same, where requests were not sent or no more came in an earlier run, or …
TIMES = 5  # … so many times the slowest message so far
LONGEST_S = 8.0  # and no longer than so, where messages come without an end
LOOK_S = 0.02
MOST = 10_000  # messages of one listener; an endless stream must not fill the memory


class Listener:
    """One client that listens at one worker, on a connection of its own."""

    def __init__(self, name: str, request: Request, pid: int, line: HTTPConnection) -> None:
        self.name, self.request, self.pid, self.line = name, request, pid, line
        self.status: int | None = None
        self.refusal: object = None
        self.error: str | None = None  # why it was not taken, where there was no response
        self.messages: list[object] = []
        self.latest = 0.0  # when the last one came
        self.news = Condition()
        self._open = ExitStack()

    def open(self) -> None:
        """Be taken, or be refused; then messages are read as they come."""
        _, headers = self.request.encoded()
        try:
            if self.request.method == WS:
                self._open_websocket(headers)
            else:
                self._open_stream(headers)
        except InvalidStatus as refused:
            self.status = refused.response.status_code
            self.refusal = decoded(bytes(refused.response.body or b""))
        except (OSError, HTTPException, WebSocketException) as error:
            self.error = type(error).__name__

    def _open_websocket(self, headers: dict[str, str]) -> None:
        uri = f"ws://{self.line.host}:{self.line.port}{self.request.target}"
        opened = connect(
            uri, sock=self.line.sock, additional_headers=headers, compression=None,
            ping_interval=None, open_timeout=OPEN_S, close_timeout=1.0,
        )  # fmt: skip
        socket = self._open.enter_context(opened)
        self.status = 101
        Thread(target=self._read_frames, args=[socket], daemon=True).start()

    def _open_stream(self, headers: dict[str, str]) -> None:
        assert self.line.sock is not None  # a worker has already responded on it
        self.line.sock.settimeout(OPEN_S)
        self.line.request(
            "GET", self.request.target, headers={"accept": "text/event-stream", **headers}
        )
        response = self.line.getresponse()
        self.line.sock.settimeout(None)
        self.status = response.status
        Thread(target=self._read_events, args=[response], daemon=True).start()

    def _read_frames(self, socket: ClientConnection) -> None:
        with suppress(OSError, WebSocketException):
            for frame in socket:
                self._take(frame if isinstance(frame, bytes) else frame.encode())

    def _read_events(self, response: HTTPResponse) -> None:
        data: list[bytes] = []
        with suppress(OSError, HTTPException, ValueError, AttributeError):  # we have hung up
            for line in response:
                line = line.rstrip(b"\r\n")
                if line.startswith(b"data:"):
                    data.append(line[5:].removeprefix(b" "))
                elif not line and data:
                    self._take(b"\n".join(data))
                    data = []

    def _take(self, message: bytes) -> None:
        with self.news:
            if len(self.messages) < MOST:
                self.messages.append(decoded(message))
                self.latest = time.monotonic()

    def close(self) -> None:
        """Hang up, as a browser does whose page is closed; the worker notices."""
        if self.line.sock:
            with suppress(OSError):
                self.line.sock.shutdown(2)
        self._open.close()
        self.line.close()

    def event(self, called: float, returned: float) -> Event:
        """What it has been sent, as the response to a request."""
        with self.news:
            heard = in_one_order(self.messages)
        said = heard if self.refusal is None else self.refusal
        asked = (self.name, self.request.method, self.request.path, None, called)
        if self.status is None:
            return Event(*asked, pid=self.pid, error=self.error)
        return Event(*asked, returned, self.status, said, self.pid)


def in_one_order(messages: Iterable[object]) -> list[object]:
    """The same messages in an order that does not depend on which came first.

    Nor on ids, which the app may make anew each time.

    >>> in_one_order([{"id": 7, "text": "b"}, {"id": 8, "text": "a"}])
    [{'id': 8, 'text': 'a'}, {'id': 7, 'text': 'b'}]
    """

    def rank(message: object) -> str:
        if isinstance(message, dict):
            message = {key: one for key, one in message.items() if not is_like_an_id(str(key))}
        return json.dumps(message, sort_keys=True)

    return sorted(messages, key=rank)


@dataclass
class Heard:
    """What is known from earlier runs.

    most      the most messages that each listener has had, by its name
    slowest   seconds from the last response to the last message; None before the first run
    ends      what all listeners had when a whole run had ended
    """

    most: dict[str, int] = field(default_factory=dict)
    slowest: float | None = None
    ends: set[str] = field(default_factory=set)


@dataclass
class Audience:
    """All listeners of one run; a context manager.

    asleep   whether nobody works: no worker and no store
    heard    what is known from other runs, and will be of this one
    tick     gives the logical time
    """

    listeners: list[Listener]
    asleep: Callable[[], bool]
    heard: Heard
    tick: Callable[[], float]
    _began: float = field(default=0.0)

    def __enter__(self) -> Self:
        self._began = float(self.tick())
        for one in self.listeners:
            one.open()
        if self.listeners:
            self._wait(TAKEN_S)  # one that is taken may have to subscribe first
        return self

    def __exit__(self, *_: object) -> None:
        for one in self.listeners:
            one.close()
        if self.listeners:
            self._wait(TAKEN_S)  # what the app does about that belongs to this run

    def events(self, whole: bool = True) -> list[Event]:
        """What each of them has been sent, when nothing more comes.

        whole   every request of the program was sent: as much as ever is to be expected
        """
        if not self.listeners:
            return []
        heard, ended = self.heard, time.monotonic()
        slowest = CALM_S if heard.slowest is None else heard.slowest
        silence = min(CALM_S, max(SHORT_S, TIMES * slowest))
        self._wait(silence)
        if silence < CALM_S and whole and not self._has_all and self._had not in heard.ends:
            self._wait(CALM_S)
        if whole:
            heard.ends.add(self._had)
            last = max(one.latest for one in self.listeners)
            heard.slowest = max(heard.slowest or 0.0, last - ended)
        for one in self.listeners:
            heard.most[one.name] = max(heard.most.get(one.name, 0), len(one.messages))
        return [one.event(self._began, float(self.tick())) for one in self.listeners]

    def _wait(self, seconds: float) -> None:
        """Until no message has come for so long and all sleep; briefly, when all has come."""
        count, longest = -1, Deadline(LONGEST_S)
        calm, brief = Deadline(seconds), Deadline(BRIEF_S)
        while not longest.passed:
            now = sum(len(one.messages) for one in self.listeners)
            if now != count:
                count, calm, brief = now, Deadline(seconds), Deadline(BRIEF_S)
            if (calm.passed or (brief.passed and self._has_all)) and self.asleep():
                break
            time.sleep(LOOK_S)

    @property
    def _had(self) -> str:
        """What all of them have been sent so far."""
        return json.dumps([[one.name, *in_one_order(one.messages)] for one in self.listeners])

    @property
    def _has_all(self) -> bool:
        known = self.heard.most
        return bool(known) and all(
            len(one.messages) >= known.get(one.name, 0) for one in self.listeners
        )
