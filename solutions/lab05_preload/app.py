"""A counter that lives in one manager process, started before the fork, and adds there.

The master starts the manager and says nothing to it: a connection that is open at the fork would
be shared by all workers. Each thread of each worker opens its own with its first request.
"""

from multiprocessing import get_context
from multiprocessing.managers import BaseManager
from threading import Lock

from fastapi import FastAPI


class Counter:
    """Lives in the manager's process, where each connection is served by a thread."""

    def __init__(self) -> None:
        self.count, self.lock = 0, Lock()

    def add(self) -> int:
        with self.lock:
            self.count += 1
            return self.count

    def get(self) -> int:
        return self.count

    def reset(self) -> None:
        with self.lock:
            self.count = 0


class Manager(BaseManager):
    """The process that holds the counter."""


Manager.register("Counter", Counter)
manager = Manager(ctx=get_context("fork"))
manager.start()
counter = manager.Counter()
app = FastAPI()


@app.post("/increment")
def increment() -> dict[str, int]:
    return {"count": counter.add()}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": counter.get()}


@app.post("/reset")
def reset() -> dict[str, int]:
    counter.reset()
    return {"count": 0}
