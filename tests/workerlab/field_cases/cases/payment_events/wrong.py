"""Events from a payment service, which sends some of them twice.

Cut from https://github.com/dj-stripe/dj-stripe/issues/1239 (2020-09-14): the second delivery of an
event comes before the first is stored, and is answered 500 (duplicate key).
"""

import os

import psycopg
from fastapi import FastAPI, Request

app = FastAPI()
URL = os.environ["DATABASE_URL"]
with psycopg.connect(URL) as db:
    db.execute("SELECT pg_advisory_xact_lock(1)")
    db.execute("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, amount INTEGER)")


@app.post("/webhook")
def webhook(request: Request, event: dict):
    with psycopg.connect(URL) as db:
        known = db.execute("SELECT 1 FROM events WHERE id = %s", (event["id"],)).fetchone()
        if known:
            return {"status": "duplicate"}
        db.execute("INSERT INTO events VALUES (%s, %s)", (event["id"], event["amount"]))
    return {"status": "stored"}


@app.get("/revenue")
def revenue():
    with psycopg.connect(URL) as db:
        return {"revenue": db.execute("SELECT SUM(amount) FROM events").fetchone()[0]}
