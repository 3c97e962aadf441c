"""A flock on a file that was opened before the fork: all workers hold it together."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context

from fastapi import FastAPI

app = FastAPI()
manager = get_context("fork").Manager()
store = manager.dict(count=0)
file = open(os.path.join(tempfile.mkdtemp(), "lock"), "w")


@contextmanager
def alone() -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


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
