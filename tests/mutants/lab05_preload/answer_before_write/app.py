"""Answers, and adds in a background task afterwards."""

from multiprocessing import get_context
from multiprocessing.managers import BaseManager
from threading import Lock

from fastapi import BackgroundTasks, FastAPI


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
def increment(later: BackgroundTasks) -> dict[str, int]:
    later.add_task(add)
    return {"count": counter.get() + 1}


def add() -> None:
    counter.add()


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": counter.get()}


@app.post("/reset")
def reset() -> dict[str, int]:
    counter.reset()
    return {"count": 0}
