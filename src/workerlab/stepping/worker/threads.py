"""Work that a held request hands to other threads is the request's, and is held like its own.

A context variable says whose work is done. anyio's threads and `asyncio.to_thread` take it along;
an executor (`loop.run_in_executor`, `pool.submit`) and a new `Thread` forget it, and their work
would run between two gates as if it were one step. So they are given it, while a request is held.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import partial, wraps
from threading import Thread
from typing import TYPE_CHECKING

from workerlab.stepping.worker.student_files import Files

if TYPE_CHECKING:
    from concurrent.futures import Future
    from typing import Any

    from workerlab.stepping.worker.task import Task

    Work = Callable[..., Any]


def take_along(current: ContextVar[Task | None], files: Files) -> None:
    """From now on, threads go on in the context of the held request that gives them work."""
    submit: Callable[..., Future[Any]] = ThreadPoolExecutor.submit
    start = Thread.start

    def followed(work: Work, task: Task, *, in_place: bool = False) -> Work:
        """The same work, done in the context of the request that hands it over, and reported.

        in_place   it is run in a context that the app has named: there, the request is made known
        """
        context, done = copy_context(), task.hand_over()

        def work_and_tell(*arguments: Any, **options: Any) -> Any:
            try:
                if not in_place:
                    return context.run(work, *arguments, **options)
                current.set(task)
                return work(*arguments, **options)
            finally:
                done.set()

        return work_and_tell

    def who_is_held() -> Task | None:
        """The request that this thread works for, unless it runs free."""
        task = current.get()
        return None if task is None or task.free else task

    @wraps(submit)
    def submit_and_follow(
        self: ThreadPoolExecutor, work: Work, /, *arguments: Any, **options: Any
    ) -> Future[Any]:
        task = who_is_held()
        if task is None or _is_elsewhere(self):
            return submit(self, work, *arguments, **options)
        work = followed(work, task)
        token = current.set(None)  # a thread that the pool adds is the pool's, not the request's
        try:
            return submit(self, work, *arguments, **options)
        finally:
            current.reset(token)

    @wraps(start)
    def start_and_follow(self: Thread) -> None:
        # A library's own thread (anyio's, aiosqlite's) may live for ever, and takes along itself.
        task = who_is_held()
        if task is not None and _runs(self, files):
            named = getattr(self, "_context", None) is not None  # Thread(context=…), from 3.14 on
            # mypy takes methods for fixed; here, and below, they are replaced on purpose
            self.run = followed(self.run, task, in_place=named)  # type: ignore[method-assign]
        return start(self)

    # … nor can it know that what wraps `submit` takes the same
    ThreadPoolExecutor.submit = submit_and_follow  # type: ignore[method-assign, assignment]
    Thread.start = start_and_follow  # type: ignore[method-assign]


def _is_elsewhere(pool: ThreadPoolExecutor) -> bool:
    """Whether its threads run other interpreters (from 3.14 on), which take functions by name."""
    return any(kind.__name__ == "InterpreterPoolExecutor" for kind in type(pool).__mro__)


def _runs(thread: Thread, files: Files) -> bool:
    """Whether the function of a thread is from these files."""
    work = getattr(thread, "_target", None) if type(thread).run is Thread.run else thread.run
    while isinstance(work, partial):
        work = work.func
    code = getattr(getattr(work, "__func__", work), "__code__", None)
    return code is not None and code.co_filename in files
