"""The gate: runs inside each worker and holds a task until the conductor says go.

A task is one request that carries a task header. The header goes into a context
variable, which sync endpoints' pool threads and child coroutines inherit; whatever runs
outside a task is never held, so start-up, reset and report cost nothing.

A task that has a worker to itself is held by blocking its thread, event loop or
not. Two async tasks in *one* worker share its event loop, so there the coroutine is
held at its awaits instead (see `coroutines`).
"""

import asyncio
import json
import os
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from types import FrameType

from workerlab.stepping import observe, tracing
from workerlab.stepping.coroutines import drive, install_task_factory
from workerlab.stepping.wire import FREE, MODE_HEADER, TASK_HEADER, address, encode

MOST_TOLD = 100  # steps between two awaits that are told: the channel takes them without waiting

CURRENT: ContextVar["Task | None"] = ContextVar("workerlab_task", default=None)


class Task:
    """One held request: its channel to the conductor, and how it is held."""

    def __init__(self, name: str, mode: str, path: str, when_over: Callable[[], None]) -> None:
        self._when_over = when_over
        self.on_loop = "loop" in mode
        self.explain = "explain" in mode
        self.loop_thread = threading.get_ident()
        self.free = False
        self.strands = 1  # the request itself; child coroutines add to it
        self._asking = threading.Lock()
        self._asking_on_loop = asyncio.Lock()
        self._returned: str | None = None
        self._stored: str | None = None
        self._locals: dict[int, dict] = {}
        self._told = 0  # steps since the last await
        self.channel = socket.socket(socket.AF_UNIX)
        self.channel.connect(address(path))
        self.channel.sendall(encode("task", name, os.getpid()))
        # Never blocking: threads and the event loop may both wait on it, each in its own way.
        self.channel.setblocking(False)
        self._answer = select.poll()
        self._answer.register(self.channel, select.POLLIN)

    def at_gate(self, frame: FrameType, offset: int, gate: tracing.Gate) -> None:
        """Report a gate and wait for leave to pass it."""
        if self.free:
            return
        if self.on_loop and threading.get_ident() == self.loop_thread:
            self._pass_by(frame, offset, gate)
            return
        with self._asking:
            if not self.free:
                self._ask(self.message("gate", frame, offset, gate))

    def _pass_by(self, frame: FrameType, offset: int, gate: tracing.Gate) -> None:
        """Tell of a step between two awaits, where nobody else can move: for the picture."""
        if self.explain and self._told < MOST_TOLD:
            self._told += 1
            with suppress(OSError):
                self.channel.sendall(self.message("pass", frame, offset, gate))

    def message(self, word: str, frame: FrameType, offset: int, gate: tracing.Gate) -> bytes:
        """What the conductor is told of a gate; see `wire` for the words."""
        kind, line, positions = gate
        code = frame.f_code
        details = self._details(frame, kind, positions) if self.explain else ""
        thread = threading.get_native_id()
        name, file = code.co_name, code.co_filename
        return encode(word, thread, offset, line, kind, name, file, details)

    def _ask(self, message: bytes) -> None:
        try:
            self.channel.sendall(message)
            self._answer.poll()
            self._heard(self.channel.recv(1))
        except OSError:
            self.free = True

    def _heard(self, answer: bytes) -> None:
        if answer in (b"", FREE):  # an empty answer: the conductor is gone, so run on
            self.free = True

    async def ask_on_loop(self, loop, message: bytes) -> None:
        """The same, without stopping the event loop."""
        async with self._asking_on_loop:
            if self.free:
                return
            self._told = 0
            try:
                await loop.sock_sendall(self.channel, message)
                self._heard(await loop.sock_recv(self.channel, 1))
            except OSError:
                self.free = True

    def _details(self, frame: FrameType, kind: str, positions) -> str:
        changed, self._locals[id(frame)] = observe.changed(frame, self._locals.get(id(frame), {}))
        read, self._returned = self._returned or changed, None
        stored, self._stored = self._stored, None
        wrote = observe.written(frame, kind, positions)
        return json.dumps({"read": read, "wrote": wrote, "stored": stored})

    def watch(self, frame: FrameType, event: str, value: object) -> None:
        """Remember what library calls give back to the student's code, and what is stored."""
        code = frame.f_code
        if event == "return":
            if value is not None:
                self._returned = observe.plain(value) or self._returned
        elif code.co_name == "__setitem__" and code.co_argcount >= 3:
            self._stored = observe.plain(frame.f_locals.get(code.co_varnames[2]))

    def strand_ended(self) -> None:
        """The request or one of its child coroutines has ended; with the last one, say done."""
        self.strands -= 1
        if self.strands == 0:
            self.free = True
            with suppress(OSError):  # the conductor is gone; nobody waits for the word
                self.channel.sendall(encode("done"))
            self.channel.close()
            self._when_over()


def on_gate(frame: FrameType, offset: int, gate: tracing.Gate) -> None:
    task = CURRENT.get()
    if task is not None:
        task.at_gate(frame, offset, gate)


def _watch_calls(frame: FrameType, event: str, value: object) -> None:
    task = CURRENT.get()
    if task is not None and task.explain:
        task.watch(frame, event, value)


class Agent:
    """What a worker carries when it is stepped: the tracer and the way to the conductor."""

    def __init__(self, folder: str, path: str, also: tuple[str, ...] = ()) -> None:
        self.path = path
        self.files = tracing.Files(folder, also)
        self.tracer = tracing.tracer(self.files, on_gate)
        works, self.reason = tracing.self_test()
        if not works:
            raise RuntimeError(self.reason)
        self.tracer.install()
        self._explaining = False
        self._held = 0

    def wrap(self, app):
        """The ASGI app, with tasks held at their gates."""

        async def stepped(scope, receive, send):
            if scope["type"] == "lifespan":
                install_task_factory(self.files, CURRENT)
            if scope["type"] != "http":
                return await app(scope, receive, send)
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            if TASK_HEADER not in headers:
                return await app(scope, receive, send)
            return await self._run(app, headers, scope, receive, send)

        return stepped

    async def _run(self, app, headers: dict, scope, receive, send) -> None:
        mode = headers.get(MODE_HEADER, "")
        task = Task(headers[TASK_HEADER], mode, self.path, self._one_less)
        self._held += 1
        self.tracer.begin()
        if task.explain:
            self._start_explaining()
        CURRENT.set(task)
        try:
            running = app(scope, receive, send)
            await (drive(running, task, self.files) if task.on_loop else running)
        finally:
            task.strand_ended()

    def _one_less(self) -> None:
        self._held -= 1
        if not self._held:
            self.tracer.end()

    def _start_explaining(self) -> None:
        """Watch library calls too. It is slow, so it begins with the first replay to be shown."""
        if not self._explaining:
            self._explaining = True
            self.tracer.watch_calls = _watch_calls
            if isinstance(self.tracer, tracing.MonitoringTracer):
                self.tracer.watch_returns(True)


_agent: Agent | None = None


def install(folder: str) -> None:
    """Trace the files under `folder` in this process, for the conductor that the environment names.

    Call it before the app is imported, so that the threads it makes are traced. Raises
    RuntimeError when this Python's tracing does not work.
    """
    global _agent
    also = os.environ.get("WORKERLAB_TRACE_INTO", "")
    _agent = Agent(folder, os.environ["WORKERLAB_STEPPING"], tuple(filter(None, also.split(":"))))


def wrap(app):
    """The app as the conductor wants it served. Call `install` first."""
    return _agent.wrap(app)


def self_test() -> tuple[bool, str]:
    """Whether gates work on this Python, and a sentence that says so."""
    return tracing.self_test()
