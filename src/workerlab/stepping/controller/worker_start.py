"""Workers that start: each takes a killed one's place, and is held before its first line.

A start is stepped like a request, against requests under way. It is the server that starts a
worker, in its own time, so several are killed at once and their replacements wait here until a
schedule needs one. They have not imported the app yet, so no other process knows of them.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from http.client import HTTPConnection
from typing import Self

from workerlab.errors import NotReady
from workerlab.history import Event
from workerlab.processes.patience import Deadline, wait_to_read
from workerlab.servers.runners import PATIENCE_S
from workerlab.stepping.controller.conductor import KNOCK_S
from workerlab.stepping.controller.connections import Connections
from workerlab.stepping.controller.remote_task import RemoteTask, State
from workerlab.stepping.program import Program, Request
from workerlab.stepping.protocol import EXPLAIN, START_DOOR, address, decode, forget, take_line

KEPT = 2  # workers that serve requests while the others are away


class Start(RemoteTask):
    """A worker's start, in place of a request: its response is that the worker is ready."""

    def __init__(self, name: str, request: Request, pid: int, channel: socket.socket) -> None:
        super().__init__(name, request, pid, HTTPConnection("-"), warm=False)
        self.door = channel

    def _send(self, label: str | None, mode: str) -> None:
        """Let it begin: it is at its first gate, which says so as soon as it is listened to."""
        self.state = State.MOVING
        self.come_to(self.door)
        if "explain" in mode:
            self.door.send(EXPLAIN)

    def hung_up(self, tick: int) -> None:
        """It is up, or it has died on the way."""
        self.held, self.answered, self.state = False, True, State.DONE
        if self.said_done:
            self.status, self.output, self.returned = 200, "started", tick
        else:
            self.error = "Died"


class Door:
    """While it is open, workers that start report here. All others start as usual."""

    def __init__(self, path: str, ours: Callable[[int], bool]) -> None:
        self.path, self._ours = path + START_DOOR, ours
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(address(self.path))
        self._listener.listen(64)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        forget(self.path)

    def wait_for(self, count: int, seconds: float) -> list[tuple[int, socket.socket]]:
        """The first `count` workers that report: their pids and channels. Raises NotReady."""
        deadline = Deadline(seconds)
        found: list[tuple[int, socket.socket]] = []
        try:
            while len(found) < count:
                wait_to_read(self._listener, deadline)
                channel, _ = self._listener.accept()
                if pid := self._who(channel):
                    found.append((pid, channel))
                else:
                    channel.close()
            for _, channel in found:  # … until it has come to its first gate, and says so
                wait_to_read(channel, deadline)
        except TimeoutError:
            for _, channel in found:
                channel.close()
            message = f"{len(found)} of {count} killed workers were replaced within {seconds:g} s"
            raise NotReady(message) from None
        return found

    def _who(self, channel: socket.socket) -> int | None:
        """The pid of the worker; None if it does not report at once, or is no worker of this server."""
        try:
            wait_to_read(channel, KNOCK_S)
            channel.settimeout(KNOCK_S)
            pid = int(decode(take_line(channel))[2])
        except (OSError, ValueError, IndexError):
            return None
        channel.settimeout(None)
        return pid if self._ours(pid) else None


class Starters:
    """The workers of one stepped server that wait to start."""

    def __init__(self, connections: Connections, path: str) -> None:
        """
        connections   to the workers, of which those are forgotten that are killed
        path          of the conductor's socket
        """
        self.connections, self.path = connections, path
        self._waiting: list[tuple[int, socket.socket]] = []

    def tasks(self, program: Program) -> dict[str, Start]:
        """The program's start, by its name, if it has one: the next worker that waits.

        Kills workers and waits for their replacements when none is left. Raises NotReady.
        """
        starts = {}
        for name, request in zip(program.names, program.requests, strict=True):
            if request.starts_a_worker:
                if not self._waiting:
                    self._refill()
                starts[name] = Start(name, request, *self._waiting.pop(0))
        return starts

    def take_back(self, starts: dict[str, Start]) -> None:
        """They were not needed after all."""
        self._waiting += [(start.pid, start.door) for start in starts.values()]

    def _refill(self) -> None:
        workers = self.connections.workers
        victims = workers[min(KEPT, max(1, len(workers) - 1)) :]
        if not victims:
            raise NotReady("a start needs a second worker", "give workers=2 or more")
        with Door(self.path, self.connections.ours) as door:
            for pid in victims:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                self.connections.forget(pid)
            self._waiting = door.wait_for(len(victims), PATIENCE_S)

    def let_go(self) -> None:
        """No schedule waits any more: each worker that waited starts now, unwatched."""
        for _, channel in self._waiting:
            channel.close()
        self._waiting = []

    def ask_all(self, program: Program, started: Start) -> list[Event]:
        """The last requests, to the worker that has started and to all others."""
        if started.error is None:
            self.connections.meet_also(started.pid)
        events = []
        for pid in self.connections.workers:
            for name, request in zip(program.last_names, program.after, strict=True):
                events.append(replace(self.connections.ask(request, pid), client=name))
        return events
