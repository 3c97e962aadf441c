"""Money that moves from one account to another, on one worker.

Cut from https://github.com/gilesbrown/gsqlite3/issues/7 (2018-10-07): threads share a connection, and
so a transaction. Here each request has a connection of its own.
"""

import sqlite3

from fastapi import FastAPI, HTTPException

app = FastAPI()


def connect() -> sqlite3.Connection:
    return sqlite3.connect("bank.db", timeout=10)


with connect() as db:
    db.execute("CREATE TABLE IF NOT EXISTS accounts (name TEXT PRIMARY KEY, money INTEGER)")
    db.execute("INSERT OR REPLACE INTO accounts VALUES ('ada', 10), ('bob', 0), ('eve', 0)")
db.close()
TAKE = "UPDATE accounts SET money = money - ? WHERE name = ? RETURNING money"


@app.post("/transfer/{one}/{other}/{amount}")
def transfer(one: str, other: str, amount: int):
    db = connect()
    db.execute("UPDATE accounts SET money = money + ? WHERE name = ?", (amount, other))
    if db.execute(TAKE, (amount, one)).fetchone()[0] < 0:
        db.rollback()
        raise HTTPException(402, "not enough money")
    db.commit()
    return {"moved": amount}


@app.get("/accounts")
def accounts():
    return dict(connect().execute("SELECT name, money FROM accounts").fetchall())
