"""A shop for members: who has signed in stands in its database, as does what it has sold.

With IN_MEMORY, in its worker too, and only there, as does how many it has let in.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from secrets import token_hex

from fastapi import FastAPI, Header, HTTPException

app = FastAPI()
DATABASE = Path(__file__).with_name("members.db")
IN_MEMORY = "IN_MEMORY" in os.environ
tokens: set[str] = set()
let_in = 0


def database() -> closing[sqlite3.Connection]:
    db = sqlite3.connect(DATABASE, isolation_level=None)
    db.execute("CREATE TABLE IF NOT EXISTS sessions (token TEXT)")
    db.execute("CREATE TABLE IF NOT EXISTS sold (n INTEGER)")
    return closing(db)


@app.post("/token")
def sign_in():
    token = token_hex()
    tokens.add(token)
    with database() as db:
        db.execute("INSERT INTO sessions VALUES (?)", [token])
    return {"access_token": token}


@app.post("/buy")
def buy(authorization: str = Header()):
    token = authorization.removeprefix("Bearer ")
    global let_in
    with database() as db:
        known = db.execute("SELECT 1 FROM sessions WHERE token = ?", [token]).fetchone()
        if not known or (IN_MEMORY and token not in tokens):
            raise HTTPException(401)
        let_in += IN_MEMORY
        if db.execute("SELECT count(*) FROM sold").fetchone() != (0,):
            raise HTTPException(409)
        db.execute("INSERT INTO sold VALUES (1)")
    return {"sold": True, "let_in": let_in}


@app.get("/sold")
def sold():
    with database() as db:
        return db.execute("SELECT count(*) FROM sold").fetchone()[0]
