"""Hold coroutines that share one event loop, without stopping the loop.

Two async requests in one worker can only interleave at their awaits. So each of the
request's coroutines is driven by hand: what it waits for is passed on to the
loop as usual, and when that is there, the conductor is asked before the coroutine resumes.
"""

from __future__ import annotations

import asyncio
from contextvars import Context, ContextVar
from types import FrameType, coroutine
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator
    from typing import Any, TypeVar

    from workerlab.stepping.worker.student_files import Files
    from workerlab.stepping.worker.task import Task

    T = TypeVar("T")
    Running = Coroutine[Any, Any, T] | Generator[Any, None, T]


def students_frame(running: object, files: Files) -> FrameType | None:
    """The innermost frame of the student's files in a chain of awaits, if there is one."""
    found = None
    while running is not None:
        frame = (
            getattr(running, "cr_frame", None)
            or getattr(running, "gi_frame", None)
            or getattr(running, "ag_frame", None)
        )
        if frame is not None and frame.f_code.co_filename in files:
            found = frame
        running = (
            getattr(running, "cr_await", None)
            or getattr(running, "gi_yieldfrom", None)
            or getattr(running, "ag_await", None)
        )
    return found


async def drive(running: Running[T], task: Task, files: Files) -> T:
    """Run a coroutine to its end, asking the conductor before each resume in student code."""
    return await _driven(running, task, files)


@coroutine
def _driven(running: Running[T], task: Task, files: Files) -> Generator[Any, Any, T]:
    value: Any = None
    error: BaseException | None = None
    while True:
        try:
            waits_for = running.throw(error) if error else running.send(value)
        except StopIteration as end:
            result: T = end.value
            return result
        value, error = None, None
        frame = students_frame(running, files)
        try:
            value = yield waits_for
            if frame is not None and not task.free:
                yield from task.ask_on_loop(
                    asyncio.get_running_loop(), _gate(task, frame)
                ).__await__()
        except BaseException as caught:  # noqa: BLE001 (a cancellation is the coroutine's to handle)
            error = caught


def _gate(task: Task, frame: FrameType) -> bytes:
    line = frame.f_lineno or frame.f_code.co_firstlineno  # some instructions have no line
    return task.message("resume", frame, frame.f_lasti, ("await", line, None))


def install_task_factory(files: Files, current: ContextVar[Task | None]) -> None:
    """Let child coroutines of a held task be counted, and driven where they share a loop."""

    def make(
        loop: asyncio.AbstractEventLoop, running: Running[T], **options: Any
    ) -> asyncio.Task[T]:
        context: Context | None = options.get("context")
        task = context.get(current) if context is not None else current.get()
        if task is None or task.free:
            return asyncio.Task(running, loop=loop, **options)
        task.strands += 1
        driven = drive(running, task, files) if task.on_loop else running
        child = asyncio.Task(driven, loop=loop, **options)
        child.add_done_callback(lambda _: task.strand_ended())
        return child

    asyncio.get_running_loop().set_task_factory(make)
