"""A number in shared memory, and a lock file that every request opens anew."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI
from segment import opened

app = FastAPI()
memory = opened()
shared = memory.buf[:8].cast("q")


@contextmanager
def alone() -> Iterator[None]:
    with open(os.environ["STATE_LOCK"], "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


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
