"""A counter with a row for each server, found by the parent that its workers have in common."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from fastapi import FastAPI

ADD = """INSERT INTO counts VALUES (?, 1)
ON CONFLICT (server) DO UPDATE SET n = n + 1 RETURNING n"""
SERVER = os.getppid()
app = FastAPI()


@contextmanager
def opened() -> Iterator[sqlite3.Connection]:
    path = os.environ["STATE_FILE"]
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as base:
        base.execute("CREATE TABLE IF NOT EXISTS counts (server INTEGER PRIMARY KEY, n INTEGER)")
        yield base


@app.post("/increment")
def increment() -> dict[str, int]:
    with opened() as base:
        return {"count": base.execute(ADD, (SERVER,)).fetchall()[0][0]}


@app.get("/report")
def report() -> dict[str, int]:
    with opened() as base:
        row = base.execute("SELECT n FROM counts WHERE server = ?", (SERVER,)).fetchone()
    return {"count": row[0] if row else 0}


@app.post("/reset")
def reset() -> dict[str, int]:
    with opened() as base:
        base.execute("DELETE FROM counts WHERE server = ?", (SERVER,))
    return {"count": 0}
