"""Work that a held request hands to other threads is the request's, and is held like its own.

A context variable says whose work is done. anyio's threads and `asyncio.to_thread` take it along;
an executor (`loop.run_in_executor`, `pool.submit`) and a new `Thread` forget it, and what they did
would run between two gates as if it were one step. So they are told, while a request is held.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import partial, wraps
from threading import Thread

from workerlab.stepping.worker.student_files import Files


def take_along(current: ContextVar, files: Files) -> None:
    """From now on, threads go on in the context of the held request that gives them work."""
    submit, start = ThreadPoolExecutor.submit, Thread.start

    def followed(work: Callable, *, in_place: bool = False) -> Callable:
        """The same work, done in the context of the request that hands it over, and told of.

        in_place   it is run in a context that the app has named: there, the request is made known
        """
        task, context = current.get(), copy_context()
        done = task.hand_over()

        def work_and_tell(*arguments, **options):
            try:
                if not in_place:
                    return context.run(work, *arguments, **options)
                current.set(task)
                return work(*arguments, **options)
            finally:
                done.set()

        return work_and_tell

    def somebody_is_held() -> bool:
        task = current.get()
        return task is not None and not task.free

    @wraps(submit)
    def submit_and_follow(self, work, /, *arguments, **options):
        if not somebody_is_held() or _is_elsewhere(self):
            return submit(self, work, *arguments, **options)
        work = followed(work)
        token = current.set(None)  # a thread that the pool adds is the pool's, not the request's
        try:
            return submit(self, work, *arguments, **options)
        finally:
            current.reset(token)

    @wraps(start)
    def start_and_follow(self):
        # A library's own thread (anyio's, aiosqlite's) may live for ever, and takes along itself.
        if somebody_is_held() and _runs(self, files):
            named = getattr(self, "_context", None) is not None  # Thread(context=…), from 3.14 on
            self.run = followed(self.run, in_place=named)
        return start(self)

    ThreadPoolExecutor.submit, Thread.start = submit_and_follow, start_and_follow


def _is_elsewhere(pool: ThreadPoolExecutor) -> bool:
    """Whether its threads run other interpreters (from 3.14 on), which take functions by name."""
    return any(kind.__name__ == "InterpreterPoolExecutor" for kind in type(pool).__mro__)


def _runs(thread: Thread, files: Files) -> bool:
    """Whether what a thread is to run is a function of these files."""
    work = thread._target if type(thread).run is Thread.run else thread.run
    while isinstance(work, partial):
        work = work.func
    code = getattr(getattr(work, "__func__", work), "__code__", None)
    return code is not None and code.co_filename in files
