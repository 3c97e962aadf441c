"""One manager before the fork; WAY says how an increment becomes one step, START how it starts."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from multiprocessing import get_context
from multiprocessing.managers import SyncManager
from threading import Lock

from fastapi import FastAPI


class Counter:
    """Lives in the manager's process, where each connection has a thread."""

    def __init__(self) -> None:
        self.count, self.lock = 0, Lock()

    def add(self, n: int) -> int:
        with self.lock:
            self.count += n
            return self.count


class Manager(SyncManager):
    """A manager that knows our class, too."""


Manager.register("Counter", Counter)
manager = Manager(ctx=get_context(os.environ.get("START", "fork")))
manager.start()
store, lock, counter = manager.dict(count=0), manager.Lock(), manager.Counter()
path = os.path.join(tempfile.mkdtemp(), "lock")


@contextmanager
def file_lock() -> Iterator[None]:
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


WAY = os.environ.get("WAY", "method")
alone = {"managers_lock": lambda: lock, "file_lock": file_lock}.get(WAY, nullcontext)
app = FastAPI()


@app.post("/increment")
def increment() -> dict[str, int]:
    return {"count": counter.add(1)} if WAY == "method" else locked()


def locked() -> dict[str, int]:
    with alone():
        store["count"] = count = store["count"] + 1
        return {"count": count}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": store["count"] + counter.add(0)}


@app.post("/reset")
def reset() -> dict[str, int]:
    with alone():
        store["count"] = 0
        counter.add(-counter.add(0))
        return {"count": 0}
