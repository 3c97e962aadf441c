"""One row in a SQLite file. A plain BEGIN, then a read, then a write."""

import os
import sqlite3
from contextlib import closing

from fastapi import FastAPI

PATH = os.environ["STATE_FILE"]
app = FastAPI()


def opened() -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(PATH, isolation_level=None, timeout=30))


@app.post("/increment")
def increment() -> dict[str, int]:
    with opened() as base:
        base.execute("BEGIN")
        (count,) = base.execute("SELECT n FROM meta").fetchone()
        base.execute("UPDATE meta SET n = ?", (count + 1,))
        base.execute("COMMIT")
    return {"count": count + 1}


@app.get("/report")
def report() -> dict[str, int]:
    with opened() as base:
        (count,) = base.execute("SELECT n FROM meta").fetchone()
    return {"count": count}


@app.post("/reset")
def reset() -> dict[str, int]:
    with opened() as base:
        base.execute("CREATE TABLE IF NOT EXISTS meta (id INTEGER PRIMARY KEY, n INTEGER)")
        base.execute("INSERT OR REPLACE INTO meta VALUES (1, 0)")
    return {"count": 0}
