"""A counter behind a lock file whose name is a hash, which each process computes for itself."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI
from keyvalue_sqlite import KeyValueSqlite

PATH = os.environ["STATE_FILE"]
app = FastAPI()


@contextmanager
def locked() -> Iterator[KeyValueSqlite]:
    with open(f"{PATH}-{hash('count')}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield KeyValueSqlite(PATH, "counts")


@app.post("/increment")
def increment() -> dict[str, int]:
    with locked() as counts:
        count = counts.get("count", 0) + 1
        counts.set("count", count)
        return {"count": count}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": KeyValueSqlite(PATH, "counts").get("count", 0)}


@app.post("/reset")
def reset() -> dict[str, int]:
    with locked() as counts:
        counts.set("count", 0)
    return {"count": 0}
