"""An object of our own class, in the manager's process; the workers read it, add, and put it back."""

from multiprocessing import get_context
from multiprocessing.managers import SyncManager
from threading import Lock

from fastapi import FastAPI


class Counter:
    """Lives in the manager's process, where each connection has a thread."""

    def __init__(self) -> None:
        self.count, self.lock = 0, Lock()

    def get(self) -> int:
        return self.count

    def put(self, count: int) -> None:
        self.count = count


class Manager(SyncManager):
    """A manager that knows our class, too."""


Manager.register("Counter", Counter)
manager = Manager(ctx=get_context("fork"))
manager.start()
counter = manager.Counter()
app = FastAPI()


@app.post("/increment")
def increment() -> dict[str, int]:
    count = counter.get() + 1
    counter.put(count)
    return {"count": count}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": counter.get()}


@app.post("/reset")
def reset() -> dict[str, int]:
    counter.put(0)
    return {"count": 0}
