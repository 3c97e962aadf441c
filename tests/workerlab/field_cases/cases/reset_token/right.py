"""A link in a mail with which a forgotten password is set anew, once.

Cut from https://github.com/newtheatre/stage-door/issues/128 (2026-08-25): the token is read first,
and deleted when the new password is stored. Here deleting it is what lets a request go on.
"""

import hashlib
import sqlite3

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()
db = sqlite3.connect("accounts.db", timeout=10, isolation_level=None, check_same_thread=False)
db.executescript("""
    CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, password TEXT);
    CREATE TABLE IF NOT EXISTS resets (token TEXT PRIMARY KEY, name TEXT);
    INSERT OR IGNORE INTO users VALUES ('ada', '');
""")


class Reset(BaseModel):
    token: str
    password: str


@app.post("/forgot/{name}")
async def forgot(name: str):
    db.execute("INSERT OR REPLACE INTO resets VALUES (?, ?)", (f"mail-{name}", name))
    return {"mailed": True}


@app.post("/reset")
async def reset(body: Reset):
    claim = "DELETE FROM resets WHERE token = ? RETURNING name"
    row = db.execute(claim, (body.token,)).fetchone()
    if row is None:
        raise HTTPException(400, "this link has been used")
    digest = hashlib.scrypt(body.password.encode(), salt=b"s", n=64, r=8, p=1).hex()
    db.execute("UPDATE users SET password = ? WHERE name = ?", (digest, row[0]))
    return {"reset": row[0]}
