"""A number in shared memory, and a lock file that each worker opens once."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI
from segment import opened

app = FastAPI()
memory = opened()
shared = memory.buf[:8].cast("q")
file = os.open(os.environ["STATE_LOCK"], os.O_CREAT | os.O_WRONLY)


@contextmanager
def alone() -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    yield
    fcntl.flock(file, fcntl.LOCK_UN)


@app.post("/increment")
def increment() -> dict[str, int]:
    with alone():
        count = shared[0]
        shared[0] = count + 1
        return {"count": count + 1}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": shared[0]}


@app.post("/reset")
def reset() -> dict[str, int]:
    with alone():
        shared[0] = 0
        return {"count": 0}
