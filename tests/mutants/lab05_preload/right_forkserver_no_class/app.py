"""Right: the plain manager has no class of ours, so forkserver does not import this file."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context

from fastapi import FastAPI

app = FastAPI()
manager = get_context("forkserver").Manager()
store = manager.dict(count=0)
path = os.path.join(tempfile.mkdtemp(), "lock")


@contextmanager
def alone() -> Iterator[None]:
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@app.post("/increment")
def increment() -> dict[str, int]:
    with alone():
        store["count"] = count = store["count"] + 1
        return {"count": count}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": store["count"]}


@app.post("/reset")
def reset() -> dict[str, int]:
    with alone():
        store["count"] = 0
        return {"count": 0}
