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

from workerlab.stepping.files import Files


def take_along(current: ContextVar, files: Files) -> None:
    """From now on, threads go on in the context of the held request that gives them work."""
    submit, start = ThreadPoolExecutor.submit, Thread.start

    def followed(work: Callable) -> Callable:
        """The same work, done in the context of the request that hands it over, and told of."""
        context, done = copy_context(), current.get().hand_over()

        def work_and_tell(*arguments, **options):
            try:
                return context.run(work, *arguments, **options)
            finally:
                done.set()

        return work_and_tell

    def somebody_is_held() -> bool:
        task = current.get()
        return task is not None and not task.free

    @wraps(submit)
    def submit_and_follow(self, work, /, *arguments, **options):
        if not somebody_is_held():
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
            self.run = followed(self.run)
        return start(self)

    ThreadPoolExecutor.submit, Thread.start = submit_and_follow, start_and_follow


def _runs(thread: Thread, files: Files) -> bool:
    """Whether what a thread is to run is a function of these files."""
    work = thread._target if type(thread).run is Thread.run else thread.run
    while isinstance(work, partial):
        work = work.func
    code = getattr(getattr(work, "__func__", work), "__code__", None)
    return code is not None and code.co_filename in files
