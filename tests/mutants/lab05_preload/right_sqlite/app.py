"""Right: a SQLite file that the master has made, in a folder of its own."""

import os
import sqlite3
import tempfile
from contextlib import closing

from fastapi import FastAPI

app = FastAPI()
PATH = os.path.join(tempfile.mkdtemp(), "counts.sqlite")


def ask(statement: str) -> list:
    with closing(sqlite3.connect(PATH, isolation_level=None, timeout=30)) as base:
        return base.execute(statement).fetchall()


ask("CREATE TABLE counts (n INTEGER)")
ask("INSERT INTO counts VALUES (0)")


@app.post("/increment")
def increment():
    return {"count": ask("UPDATE counts SET n = n + 1 RETURNING n")[0][0]}


@app.get("/report")
def report():
    return {"count": ask("SELECT n FROM counts")[0][0]}


@app.post("/reset")
def reset():
    ask("UPDATE counts SET n = 0")
    return {"count": 0}
