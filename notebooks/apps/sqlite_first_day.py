"""Looks whether its table is there, and creates it afterwards; each worker does so as it starts."""

import os
import sqlite3
from contextlib import closing

from fastapi import FastAPI

PATH = os.environ["STATE_FILE"]
app = FastAPI()


def opened() -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(PATH, isolation_level=None, timeout=30))


def make_the_table(base: sqlite3.Connection) -> None:
    found = base.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
    if found is None:
        base.execute("CREATE TABLE meta (n INTEGER)")


@app.post("/open")
def open_it() -> dict[str, str]:
    with opened() as base:
        make_the_table(base)
    return {"it": "is open"}


@app.get("/tables")
def tables() -> dict[str, list[str]]:
    with opened() as base:
        found = base.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {"tables": [name for (name,) in found]}


@app.post("/remove")
def remove_it() -> dict[str, str]:
    with opened() as base:
        base.execute("DROP TABLE IF EXISTS meta")
    return {"it": "is removed"}
