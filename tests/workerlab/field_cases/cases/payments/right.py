"""Payments that a client may send again, under the same key.

Cut from https://github.com/stellarBank/StellarBank/issues/39 (2026-09-03): two deliveries both pass the
check. Here the key is recorded first; while the first is at work, the second is answered 409.
"""

import os

import psycopg
from fastapi import FastAPI, Header, HTTPException
from psycopg.types.json import Jsonb
from pydantic import BaseModel

URL = os.environ["DATABASE_URL"]
CLAIM = "INSERT INTO keys VALUES (%s) ON CONFLICT DO NOTHING"
ASK = "SELECT response FROM keys WHERE key = %s"
ANSWER = "UPDATE keys SET response = %s WHERE key = %s"
app = FastAPI()
with psycopg.connect(URL) as db:
    db.execute("SELECT pg_advisory_xact_lock(17)")
    db.execute("CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, response JSONB)")
    db.execute("CREATE TABLE IF NOT EXISTS payments (amount INTEGER)")


class Payment(BaseModel):
    amount: int


@app.post("/payments")
def pay(payment: Payment, idempotency_key: str = Header()):
    with psycopg.connect(URL, autocommit=True) as db:
        if not db.execute(CLAIM, (idempotency_key,)).rowcount:
            (answer,) = db.execute(ASK, (idempotency_key,)).fetchone()
            if answer is None:
                raise HTTPException(409, "this payment is at work")
            return answer
        answer = {"paid": payment.amount}
        with db.transaction():
            db.execute("INSERT INTO payments VALUES (%s)", (payment.amount,))
            db.execute(ANSWER, (Jsonb(answer), idempotency_key))
    return answer


@app.get("/payments")
def payments():
    with psycopg.connect(URL) as db:
        return {"payments": [row[0] for row in db.execute("SELECT amount FROM payments")]}
