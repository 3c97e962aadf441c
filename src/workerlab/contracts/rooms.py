"""The contract of lab 17, as its checks ask for it: rooms, messages, and clients that listen.

    POST /rooms/{room}/messages {"text"}   201 {"id": n}
    WS   /rooms/{room}?after=n             {"id", "text"} for each message with a higher id, in order

Each client is a client of one known worker: its WebSocket begins on a connection on which that
worker has answered before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import chain
from secrets import token_hex
from typing import Self
from urllib.parse import urlsplit

from workerlab.bounded_json import loaded, read_response
from workerlab.contracts.counter import last_words
from workerlab.contracts.listener import Listener, Messages
from workerlab.processes.patience import wait_to_read
from workerlab.servers import Server
from workerlab.servers.readiness import meet_one

__all__ = ["Room", "World"]

RESPONSE_S = 10.0  # seconds that one request may take
JSON = {"content-type": "application/json"}
SHOWN = 20  # characters of a text, in a message


@dataclass
class Room:
    """A room, and the messages that it must have by now."""

    world: World
    name: str
    messages: Messages = field(default_factory=dict)

    def post(self, text: str, pid: int | None = None, seconds: float = RESPONSE_S) -> int:
        """Post, to the worker with this pid; the id, which must be the next one."""
        number = self.world.posted(self.name, text, pid, seconds)
        right = len(self.messages) + 1
        assert number == right, (
            f"A message got the wrong id.\nThe room {self.name[:40]!r} has {right - 1} messages; the "
            f"next one was answered id {number}, not {right}"
        )
        self.messages[number] = text
        return number

    @contextmanager
    def listener(self, pid: int | None = None, after: int | None = None) -> Iterator[Listener]:
        """A client of the worker with this pid."""
        with Listener(
            self.world.line(pid), self.name, after, self.world.server.clock_of_waiting
        ) as one:
            yield one

    @contextmanager
    def everywhere(self, after: int | None = None) -> Iterator[list[Listener]]:
        """A client of each worker."""
        with ExitStack() as stack:
            yield [stack.enter_context(self.listener(pid, after)) for pid in self.world.pids]

    def all_have(self, listeners: Sequence[Listener], when: str) -> None:
        """All of them have all messages, and so has a client that comes now."""
        for one in listeners:
            one.has(self.messages, when)
        with self.listener(self.world.pids[0], 0) as late:
            late.has(self.messages, f"{when}, to a client that comes now")


class World:
    """The workers of a server, for clients that choose theirs; closes all its connections.

    tried   counts the requests
    """

    def __init__(self, server: Server, tried: dict[str, int]) -> None:
        self.server, self.tried = server, tried
        self._ready: dict[int, list[HTTPConnection]] = {}
        self._posting: dict[int, HTTPConnection] = {}
        self._name, self._rooms = token_hex(4), 0  # of rooms: other worlds may use the same store
        self.more()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for line in chain(self._posting.values(), *self._ready.values()):
            line.close()

    def more(self) -> None:
        """Find the workers that live now, and one more connection to each."""
        self._posting = {
            pid: line for pid, line in self._posting.items() if pid in self.server.pids
        }
        for pid, line in self.server.connections():
            self._ready.setdefault(pid, []).append(line)
        self._ready = {pid: lines for pid, lines in self._ready.items() if pid in self.server.pids}

    @property
    def pids(self) -> list[int]:
        return sorted(self.server.pids)

    def room(self, name: str = "") -> Room:
        """A room that nobody has used."""
        self._rooms += 1
        return Room(self, name or f"room-{self._name}-{self._rooms}")

    def line(self, pid: int | None = None) -> HTTPConnection:
        """A connection of its own to the worker with this pid."""
        pid = self.pids[0] if pid is None else pid
        if not self._ready.get(pid):
            self.more()
        return self._ready[pid].pop()

    def expect(self, many: int, pid: int) -> None:
        """Have so many connections to one worker."""
        others = [other for other in self.pids if other != pid]
        port = urlsplit(self.server.url).port
        assert port  # a server that runs
        self._ready.setdefault(pid, []).extend(meet_one(port, pid, others, many, RESPONSE_S))

    def ready_to_post(self) -> None:
        """Have a connection for posts to each worker: then one thread for each may post."""
        for pid in self.pids:
            if pid not in self._posting:
                self._posting[pid] = self.line(pid)

    def posted(
        self, room: str, text: str, pid: int | None = None, seconds: float = RESPONSE_S
    ) -> int:
        """The id of a message that was taken."""
        status, body = self.post(room, json.dumps({"text": text}).encode(), pid, seconds)
        shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
        message = f"POST /rooms/{room}/messages with the text {shown!r} was answered {status}"
        why = last_words(self.server.log) if status >= 500 else ""
        assert status == 201, f"{message}, not 201{why}"
        number = body.get("id") if isinstance(body, dict) else None
        assert type(number) is int, f'{message} {json.dumps(body)[:60]}; right is {{"id": n}}'
        return number

    def post(
        self, room: str, body: bytes, pid: int | None = None, seconds: float = RESPONSE_S
    ) -> tuple[int, object]:
        """Status and JSON of the response to a POST; an assertion if there is none."""
        self.tried["requests"] += 1
        pid = self.pids[0] if pid is None else pid
        if pid not in self._posting:
            self._posting[pid] = self.line(pid)
        line = self._posting[pid]
        path = f"/rooms/{room}/messages"
        try:
            if line.sock:
                line.sock.settimeout(seconds)
            line.request("POST", path, body, JSON)
            wait_to_read(line.sock, seconds)
            response = line.getresponse()
            raw = read_response(response, seconds)
        except (OSError, HTTPException) as error:
            line.close()
            self._posting.pop(pid, None)
            why = f"nothing for {seconds:g} s" if isinstance(error, TimeoutError) else repr(error)
            raise AssertionError(f"POST {path} got no answer: {why}") from None
        try:
            return response.status, loaded(raw) if raw else None
        except ValueError:
            return response.status, raw.decode(errors="replace")[:80]
