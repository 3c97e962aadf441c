"""keyvalue-sqlite under a lock that all workers share; each request opens the lock's file."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI
from keyvalue_sqlite import KeyValueSqlite

app = FastAPI()
path = os.environ["STATE_FILE"]


@contextmanager
def counts() -> Iterator[KeyValueSqlite]:
    with open(path + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield KeyValueSqlite(path, "counts")


@app.post("/increment")
def increment() -> dict[str, int]:
    with counts() as store:
        count = store.get("count", 0) + 1
        store.set("count", count)
    return {"count": count}


@app.get("/report")
def report() -> dict[str, int]:
    with counts() as store:
        return {"count": store.get("count", 0)}


@app.post("/reset")
def reset() -> dict[str, int]:
    with counts() as store:
        store.set("count", 0)
    return {"count": 0}
