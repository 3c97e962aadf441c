"""Money on PostgreSQL, whose table is made by a migration: `python accounts.py`."""

import os

import psycopg
from fastapi import FastAPI, HTTPException

app = FastAPI()


def opened():
    return psycopg.connect(os.environ["LEDGER"], autocommit=True)


@app.post("/withdrawals")
def withdraw():
    with opened() as db:
        (left,) = db.execute("SELECT amount FROM account").fetchone()
        if left < 80:
            raise HTTPException(409, "too little is left")
        db.execute("UPDATE account SET amount = amount - 80")
        return {"left": left - 80}


@app.get("/withdrawals")
def account():
    with opened() as db:
        return {"amount": db.execute("SELECT amount FROM account").fetchone()[0]}


if __name__ == "__main__":
    with opened() as db:
        db.execute("CREATE TABLE account (amount INT)")
        db.execute("INSERT INTO account VALUES (100)")
