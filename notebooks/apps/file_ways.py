"""One SQLite file, and five ways to count in it; each has a path of its own."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from fastapi import FastAPI
from keyvalue_sqlite import KeyValueSqlite

PATH = os.environ["STATE_FILE"]
app = FastAPI()


def store() -> KeyValueSqlite:
    return KeyValueSqlite(PATH, "counts")


@contextmanager
def opened() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(PATH, isolation_level=None, timeout=30)) as base:
        yield base


@app.post("/get-then-set")
def get_then_set() -> dict[str, int]:
    count = store().get("count") + 1
    store().set("count", count)
    return {"count": count}


@app.post("/add-then-get")
def add_then_get() -> dict[str, int]:
    store().atomic_add("count", 1)
    return {"count": store().get("count")}


@app.post("/deferred")
def deferred() -> dict[str, int]:
    with opened() as base:
        base.execute("BEGIN")
        (count,) = base.execute("SELECT n FROM meta").fetchone()
        base.execute("UPDATE meta SET n = ?", (count + 1,))
        base.execute("COMMIT")
    return {"count": count + 1}


@app.post("/immediate")
def immediate() -> dict[str, int]:
    with opened() as base:
        base.execute("BEGIN IMMEDIATE")
        (count,) = base.execute("SELECT n FROM meta").fetchone()
        base.execute("UPDATE meta SET n = ?", (count + 1,))
        base.execute("COMMIT")
    return {"count": count + 1}


@app.post("/one-statement")
def one_statement() -> dict[str, int]:
    with opened() as base:
        (row,) = base.execute("UPDATE meta SET n = n + 1 RETURNING n").fetchall()
    return {"count": row[0]}


@app.get("/report")
def report() -> dict[str, int]:
    with opened() as base:
        (ours,) = base.execute("SELECT n FROM meta").fetchone()
    return {"count": ours + store().get("count")}


@app.post("/reset")
def reset() -> dict[str, int]:
    store().set("count", 0)
    with opened() as base:
        base.execute("CREATE TABLE IF NOT EXISTS meta (id INTEGER PRIMARY KEY, n INTEGER)")
        base.execute("INSERT OR REPLACE INTO meta VALUES (1, 0)")
    return {"count": 0}
