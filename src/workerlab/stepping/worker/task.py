"""The gate: runs inside each worker and holds a task until the conductor says go.

A task is one request that carries a task header. The header goes into a context
variable, which sync endpoints' pool threads and child coroutines inherit; what runs
outside a task is never held, so start-up, reset and report cost nothing.

A task that has a worker to itself is held by blocking its thread, event loop or
not. Two async tasks in *one* worker share its event loop, so there the coroutine is
held at its awaits instead (see `coroutines`).
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import threading
from _socket import socket as plain_socket  # the app's own sockets are watched
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from socket import AF_UNIX
from types import FrameType
from typing import TYPE_CHECKING

from workerlab.stepping.protocol import EXPLAIN, FREE, STARTS, address, encode
from workerlab.stepping.worker import tracer
from workerlab.stepping.worker.footprint import Watch
from workerlab.stepping.worker.step_values import StepValues

if TYPE_CHECKING:
    from typing import Any

PAUSE_S = 0.2  # of silence, after which handed-over work counts as waiting for its giver
MOST_REPORTED = 100  # steps reported between two awaits: the channel takes them without waiting

CURRENT: ContextVar[Task | None] = ContextVar("workerlab_task", default=None)


class Task:
    """One held request: its channel to the conductor, and how it is held."""

    def __init__(
        self, name: str, mode: str, path: str, when_over: Callable[[], None], watch: Watch
    ) -> None:
        """
        when_over   is called when nothing of it is held any more
        watch       knows what its steps touch
        """
        self._when_over, self._watch = when_over, watch
        self.on_loop = "loop" in mode
        self.explain = "explain" in mode
        self.loop_thread = threading.get_ident()
        self.free = "free" in mode  # not held at all: only its end is reported
        self.over = False
        self.strands = 1  # the request itself; child coroutines add to it
        self._asking = threading.Lock()
        self._asking_on_loop = asyncio.Lock()
        self._handed: dict[int, list[threading.Event]] = {}
        self.values = StepValues()
        self._reported = 0  # steps since the last await
        self.channel = plain_socket(AF_UNIX)
        self.channel.connect(address(path))
        self.channel.sendall(encode("task", name, os.getpid()))
        # Never blocking: threads and the event loop may both wait on it, each in its own way.
        self.channel.setblocking(False)
        self._answer = select.poll()
        self._answer.register(self.channel, select.POLLIN)

    def at_gate(self, frame: FrameType, offset: int, gate: tracer.Gate) -> None:
        """Report a gate and wait for leave to pass it."""
        if self.free:
            if self.explain:
                self.values.pass_over()
            return
        if self.on_loop and threading.get_ident() == self.loop_thread:
            self._pass_by(frame, offset, gate)
            return
        self._after_what_was_handed_over()
        with self._asking:
            if not self.free:
                message = self.message("gate", frame, offset, gate)
                self._ask(message[:-1] + b"\t" + self._touched())
                self._watch.go()

    def hand_over(self) -> threading.Event:
        """This thread gives work to another one; the event is to be set when that is done."""
        done = threading.Event()
        self._handed.setdefault(threading.get_ident(), []).append(done)
        return done

    def _after_what_was_handed_over(self) -> None:
        """A thread that gave work away waits until it is done: two threads of one request would come
        to their gates in an order that no schedule decides. Work that waits for its giver is let be.
        """
        for done in self._handed.pop(threading.get_ident(), ()):
            while not done.wait(PAUSE_S) and self._asking.locked():
                pass

    def _pass_by(self, frame: FrameType, offset: int, gate: tracer.Gate) -> None:
        """Report a step between two awaits, where no other task can move: for the picture."""
        if self.explain and self._reported >= MOST_REPORTED:
            self.values.pass_over()
        elif self.explain:
            self._reported += 1
            with suppress(OSError):
                self.channel.sendall(self.message("pass", frame, offset, gate))

    def message(self, word: str, frame: FrameType, offset: int, gate: tracer.Gate) -> bytes:
        """The report of a gate to the conductor; see `wire` for the words."""
        kind, line, positions = gate
        code = frame.f_code
        details = self.values.report(frame, offset, kind, positions) if self.explain else ""
        thread = threading.get_native_id()
        name, file = code.co_name, code.co_filename
        return encode(word, thread, offset, line, kind, name, file, details)

    def _touched(self) -> bytes:
        """What the step touched that ends here, as the protocol has it."""
        accesses, caveats = self._watch.take()
        leases = self._watch.take_leases()
        if self.on_loop:
            caveats = [*caveats, "two of its requests share a worker"]
        if not accesses and not caveats and not leases:
            return b"\n"
        rows = [[access.mode, access.place, access.thing, access.how] for access in accesses]
        set_here = [
            [*lease.where, lease.seconds, lease.login, lease.sure, lease.outside]
            for lease in leases
        ]
        return encode(json.dumps({"accesses": rows, "caveats": caveats, "leases": set_here}))

    def _ask(self, message: bytes) -> None:
        try:
            self.channel.sendall(message)
            self._answer.poll()
            answer = self.channel.recv(1)
            if answer == EXPLAIN:
                self.explain = True
                self._answer.poll()
                answer = self.channel.recv(1)
            self._heard(answer)
        except OSError:
            self.free = True

    def at_the_door(self) -> None:
        """Wait before the first line of a worker that starts."""
        self._ask(encode("gate", threading.get_native_id(), 0, 0, STARTS, "", "", ""))

    def _heard(self, answer: bytes) -> None:
        if answer in (b"", FREE):  # an empty reply: the conductor is gone, so run on
            self.free = True

    async def ask_on_loop(self, loop: asyncio.AbstractEventLoop, message: bytes) -> None:
        """The same, without stopping the event loop."""
        async with self._asking_on_loop:
            if self.free:
                return
            self._reported = 0
            try:
                channel: Any = self.channel  # of the base class of what asyncio asks for
                await loop.sock_sendall(channel, message)
                self._heard(await loop.sock_recv(channel, 1))
            except OSError:
                self.free = True

    def strand_ended(self) -> None:
        """The request or one of its child coroutines has ended; with the last one, say done."""
        self.strands -= 1
        if self.strands == 0:
            self.end()

    def end(self, word: str = "done") -> None:
        """Nothing of it is held any more."""
        if not self.over:
            self.over = self.free = True
            with suppress(OSError):  # the conductor is gone, and needs no report
                message = encode(word)[:-1] + b"\t" + self._touched()
                rest = b"\t" + encode(self.values.rest()) if self.explain else b"\n"
                self.channel.sendall(message[:-1] + rest)
            self.channel.close()
            self._when_over()
