"""Payments that a client may send again, under the same key.

Cut from https://github.com/stellarBank/StellarBank/issues/39 (2026-09-03): two deliveries both pass the
check before either has recorded the key.
"""

import os

import psycopg
from fastapi import FastAPI, Header
from psycopg.types.json import Jsonb
from pydantic import BaseModel

URL = os.environ["DATABASE_URL"]
app = FastAPI()
with psycopg.connect(URL) as db:
    db.execute("SELECT pg_advisory_xact_lock(17)")
    db.execute("CREATE TABLE IF NOT EXISTS keys (key TEXT, response JSONB)")
    db.execute("CREATE TABLE IF NOT EXISTS payments (amount INTEGER)")


class Payment(BaseModel):
    amount: int


@app.post("/payments")
def pay(payment: Payment, idempotency_key: str = Header()):
    with psycopg.connect(URL, autocommit=True) as db:
        query = "SELECT response FROM keys WHERE key = %s"
        if known := db.execute(query, (idempotency_key,)).fetchone():
            return known[0]
        db.execute("INSERT INTO payments VALUES (%s)", (payment.amount,))
        answer = {"paid": payment.amount}
        db.execute("INSERT INTO keys VALUES (%s, %s)", (idempotency_key, Jsonb(answer)))
    return answer


@app.get("/payments")
def payments():
    with psycopg.connect(URL) as db:
        return {"payments": [row[0] for row in db.execute("SELECT amount FROM payments")]}
