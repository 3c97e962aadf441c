"""Accounts, of which a plan has no more than two.

Cut from https://github.com/snapotter-hq/SnapOtter/issues/928 (2026-08-29): two registrations count
the accounts, hash a password, and both write a row.
"""

import hashlib
import os
import sqlite3

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

MAX_USERS = int(os.environ.get("MAX_USERS", "2"))
app = FastAPI()


class Account(BaseModel):
    name: str
    password: str


def database() -> sqlite3.Connection:
    db = sqlite3.connect("users.db", timeout=10, isolation_level=None)
    db.execute("CREATE TABLE IF NOT EXISTS users (name TEXT UNIQUE, password BLOB)")
    return db


def hashed(password: str) -> bytes:
    salt = os.urandom(8)
    return salt + hashlib.scrypt(password.encode(), salt=salt, n=64, r=8, p=1)


@app.post("/register", status_code=201)
def register(account: Account):
    db = database()
    if db.execute("SELECT COUNT(*) FROM users").fetchone()[0] >= MAX_USERS:
        raise HTTPException(403, "USER_LIMIT_REACHED")
    db.execute("INSERT INTO users VALUES (?, ?)", (account.name, hashed(account.password)))
    return {"name": account.name}


@app.get("/users")
def users():
    return [name for (name,) in database().execute("SELECT name FROM users ORDER BY name")]
