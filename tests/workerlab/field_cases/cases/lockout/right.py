"""Signing in, with an account that is locked after two wrong passwords.

Cut from https://github.com/open-ace/open-ace/issues/271 (2026-05-03). All workers count in one
database, and a request that counts keeps others out until it has decided.
"""

import sqlite3
from contextlib import closing

from fastapi import FastAPI, Form, HTTPException

app = FastAPI()
PASSWORDS = {"ada": "lovelace"}
MOST = 2


def connected():
    return closing(sqlite3.connect("logins.db", timeout=10, isolation_level=None))


with connected() as db:
    db.execute("CREATE TABLE IF NOT EXISTS failures (name TEXT PRIMARY KEY, n INTEGER)")


@app.post("/login")
def login(username: str = Form(), password: str = Form()):
    with connected() as db:
        db.execute("BEGIN IMMEDIATE")
        row = db.execute("SELECT n FROM failures WHERE name = ?", (username,)).fetchone()
        failed = row[0] if row else 0
        right = PASSWORDS.get(username) == password
        if failed < MOST:
            failed = 0 if right else failed + 1
            db.execute("INSERT OR REPLACE INTO failures VALUES (?, ?)", (username, failed))
            db.execute("COMMIT")
            if right:
                return {"welcome": username}
            raise HTTPException(401, "wrong password")
    raise HTTPException(423, "locked")
