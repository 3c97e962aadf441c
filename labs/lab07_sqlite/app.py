"""A counter that five workers share in one file. It loses updates: fix it."""

import os

from fastapi import FastAPI
from keyvalue_sqlite import KeyValueSqlite

app = FastAPI()


def store() -> KeyValueSqlite:
    return KeyValueSqlite(os.environ["STATE_FILE"], "counts")


@app.post("/increment")
def increment() -> dict[str, int]:
    counts = store()
    count = counts.get("count", 0)
    counts.set("count", count + 1)
    return {"count": count + 1}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": store().get("count", 0)}


@app.post("/reset")
def reset() -> dict[str, int]:
    store().set("count", 0)
    return {"count": 0}
