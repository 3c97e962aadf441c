"""The agent of a stepped worker: the tracer, and its app behind the gates.

A request that carries a task header is a task, and so is the start of a worker that the conductor
waits for: both are held at the gates of the student's files, everything else runs free.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from workerlab.servers.libraries import import_libraries
from workerlab.stepping.protocol import MODE_HEADER, START_DOOR, TASK_HEADER
from workerlab.stepping.worker import tracer
from workerlab.stepping.worker.answer import Answer
from workerlab.stepping.worker.coroutines import drive, install_task_factory
from workerlab.stepping.worker.footprint import Watch
from workerlab.stepping.worker.keeper import Keeper
from workerlab.stepping.worker.library_endpoints import packages
from workerlab.stepping.worker.step_values import StepValues
from workerlab.stepping.worker.student_files import Files
from workerlab.stepping.worker.task import CURRENT, Task
from workerlab.stepping.worker.threads import take_along

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any

    # The arguments of an ASGI app, and the app: a coroutine function.
    Message = dict[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[dict[str, Any], Receive, Send], Coroutine[Any, Any, None]]


def on_gate(frame: FrameType, offset: int, gate: tracer.Gate) -> None:
    task = CURRENT.get()
    if task is not None:
        task.at_gate(frame, offset, gate)


def _watch_calls(frame: FrameType, event: str, value: object) -> None:
    task = CURRENT.get()
    if task is not None and task.explain:
        task.values.watch(frame, event, value)


def _values_now() -> StepValues | None:
    """Those of the request that runs now, if it is to be shown."""
    task = CURRENT.get()
    return task.values if task is not None and task.explain else None


class Agent:
    """The agent of a stepped worker: the tracer and the way to the conductor."""

    def __init__(
        self,
        folder: str,
        path: str,
        also: tuple[str, ...] = (),
        kept: str | None = None,
        endpoints: bool = False,
    ) -> None:
        self.path = path
        self.follows_endpoints = endpoints  # into the packages that bring them along
        self.files = Files(folder, also)
        self.tracer = tracer.tracer(self.files, on_gate)
        works, self.reason = tracer.self_test()
        if not works:
            raise RuntimeError(self.reason)
        self.tracer.install()
        tracer.keep()
        take_along(CURRENT, self.files)
        self.watch = Watch(lambda: CURRENT.get() is not None)
        self.watch.install()
        self.files.quietly = self.watch.uncounted
        if kept:
            Keeper(kept, self.watch.uncounted).install()
        self._explaining = False
        self._held = 0
        self.process = 0  # that has come to the door; a forked one has not yet
        self.start: Task | None = None

    def wrap(self, app: App) -> App:
        """The ASGI app, with tasks held at their gates."""
        if self.follows_endpoints and (also := packages(app, self.files)):
            self.files.add(also)
            self.tracer.look_again()
        # What is there by now, stays. To go through all of it again takes the garbage collector 40 ms
        # of some step, which then looks as if it were spinning on a lock.
        gc.collect()
        gc.freeze()

        async def stepped(scope: dict[str, Any], receive: Receive, send: Send) -> None:
            if scope["type"] == "lifespan":
                install_task_factory(self.files, CURRENT)
                return await self._start_up(app, scope, receive, send)
            if scope["type"] != "http":
                return await app(scope, receive, send)
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            answer = Answer(send)
            try:
                if TASK_HEADER not in headers:
                    return await app(scope, receive, answer.send)
                scope = {**scope, "headers": [*filter(_is_the_clients, scope["headers"])]}
                return await self._run(app, headers, scope, receive, answer.send)
            except Exception as error:
                if not answer.complete:
                    raise
                answer.log(error)

        return stepped

    def begin(self) -> None:
        """If a conductor waits for a worker that starts, that is this one: hold it from here on."""
        if self.process == os.getpid():
            return
        self.process = os.getpid()
        try:
            self.start = Task("start", "", self.path + START_DOOR, self._one_less, self.watch)
        except OSError:  # no conductor waits for one
            return
        import_libraries(_app_file(self.files.folder))
        self.start.at_the_door()
        self._held += 1
        self.tracer.begin()
        if self.start.explain:
            self._start_explaining()
        CURRENT.set(self.start)

    async def _start_up(
        self, app: App, scope: dict[str, Any], receive: Receive, send: Send
    ) -> None:
        """The app's lifespan. A start that is held ends when the app says that it is up."""
        self.begin()
        task = self.start

        async def send_and_tell(message: Message) -> None:
            if task is not None and message["type"].startswith("lifespan.startup."):
                task.end("done" if message["type"].endswith(".complete") else "failed")
            await send(message)

        await app(scope, receive, send_and_tell)

    async def _run(
        self,
        app: App,
        headers: dict[str, str],
        scope: dict[str, Any],
        receive: Receive,
        send: Send,
    ) -> None:
        mode = headers.get(MODE_HEADER, "")
        task = Task(headers[TASK_HEADER], mode, self.path, self._one_less, self.watch)
        self._held += 1
        self.tracer.begin()
        if task.explain:
            self._start_explaining()
        CURRENT.set(task)
        self.watch.begin()
        try:
            running = app(scope, receive, send)
            await (drive(running, task, self.files) if task.on_loop else running)
        finally:
            task.strand_ended()

    def _one_less(self) -> None:
        self._held -= 1
        if not self._held:
            self.tracer.end()
            self.watch.show(None)
            self._explain(False)

    def _start_explaining(self) -> None:
        """Watch library calls, too. It is slow, so only while a schedule is replayed to be shown."""
        if self._held == 1:
            self.watch.show(_values_now)
        self._explain(True)

    def _explain(self, wanted: bool) -> None:
        if self._explaining != wanted:
            self._explaining = wanted
            self.tracer.watch_calls = _watch_calls if wanted else None
            if isinstance(self.tracer, tracer.MonitoringTracer):
                self.tracer.watch_returns(wanted)


def _app_file(folder: str) -> Path:
    """Where the app is that this worker will import: a path, or "module:attribute" in the folder."""
    target = os.environ["WORKERLAB_APP"]
    module = target.partition(":")[0].split(".")
    return Path(target) if target.endswith(".py") else Path(folder, *module).with_suffix(".py")


def _is_the_clients(header: tuple[bytes, bytes]) -> bool:
    """Whether the app may see a header: it must not recognise a held request."""
    return header[0].decode() not in (TASK_HEADER, MODE_HEADER)


_agent: Agent | None = None


def install(folder: str) -> None:
    """Trace the files under `folder` in this process, for the conductor that the environment names.

    Call it before the app is imported, so that the threads it makes are traced. Raises
    RuntimeError when this Python's tracing does not work.
    """
    global _agent
    also = os.environ.pop("WORKERLAB_TRACE_INTO", "")
    path = os.environ.pop("WORKERLAB_STEPPING")  # the app must not see it either
    kept = os.environ.pop("WORKERLAB_KEPT", None)
    endpoints = bool(os.environ.pop("WORKERLAB_TRACE_ENDPOINTS", ""))
    _agent = Agent(folder, path, tuple(filter(None, also.split(":"))), kept, endpoints)
    _agent.begin()


def wrap(app: App) -> App:
    """The app as the conductor wants it served. Call `install` first."""
    assert _agent is not None
    return _agent.wrap(app)
