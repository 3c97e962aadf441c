"""Right: UltraDict for the data, a flock of its own for the lock; the last worker to leave removes it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager

from fastapi import FastAPI
from UltraDict import UltraDict

NAME, LOCK = os.environ["STATE_NAME"], os.environ["STATE_LOCK"]


@contextmanager
def alone() -> Iterator[None]:
    with open(LOCK, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


present = open(LOCK + ".present", "w")  # every worker holds a share of it while it lives
fcntl.flock(present, fcntl.LOCK_SH)
with alone():
    store = UltraDict(name=NAME, buffer_size=10_000, full_dump_size=10_000, auto_unlink=False)


@asynccontextmanager
async def lifespan(app: FastAPI):
    yield
    fcntl.flock(present, fcntl.LOCK_UN)
    try:
        fcntl.flock(present, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # somebody else is still there
    store.unlink()


app = FastAPI(lifespan=lifespan)


@app.post("/increment")
def increment() -> dict[str, int]:
    with alone():
        store["count"] = count = store.get("count", 0) + 1
    return {"count": count}


@app.get("/report")
def report() -> dict[str, int]:
    with alone():
        return {"count": store.get("count", 0)}


@app.post("/reset")
def reset() -> dict[str, int]:
    with alone():
        store["count"] = 0
    return {"count": 0}
