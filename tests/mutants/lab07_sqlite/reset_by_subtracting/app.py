"""A counter that five workers share in one SQLite file: one statement does it all.

The statement reads, adds, writes and answers in a transaction of its own. Only one worker at a
time may write; the others wait for it.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from fastapi import FastAPI

ADD = """INSERT INTO counts VALUES (1, 1)
ON CONFLICT (id) DO UPDATE SET n = n + 1 RETURNING n"""
app = FastAPI()


@contextmanager
def opened() -> Iterator[sqlite3.Connection]:
    path = os.environ["STATE_FILE"]
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as base:
        base.execute("CREATE TABLE IF NOT EXISTS counts (id INTEGER PRIMARY KEY, n INTEGER)")
        yield base


@app.post("/increment")
def increment() -> dict[str, int]:
    with opened() as base:
        return {"count": base.execute(ADD).fetchall()[0][0]}


@app.get("/report")
def report() -> dict[str, int]:
    with opened() as base:
        row = base.execute("SELECT n FROM counts").fetchone()
    return {"count": row[0] if row else 0}


@app.post("/reset")
def reset() -> dict[str, int]:
    with opened() as base:
        row = base.execute("SELECT n FROM counts").fetchone()
        base.execute("UPDATE counts SET n = n - ?", (row[0] if row else 0,))
    return {"count": 0}
