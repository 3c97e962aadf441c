"""Events from a payment service, which sends some of them twice.

Cut from https://github.com/dj-stripe/dj-stripe/issues/1239 (2020-09-14): the second delivery of an
event comes before the first is stored. The database is told to leave it at one.
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
        new = db.execute(
            "INSERT INTO events VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING id",
            (event["id"], event["amount"]),
        ).fetchone()
    return {"status": "stored" if new else "duplicate"}


@app.get("/revenue")
def revenue():
    with psycopg.connect(URL) as db:
        return {"revenue": db.execute("SELECT SUM(amount) FROM events").fetchone()[0]}
