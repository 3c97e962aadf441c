"""One seat, in a file of SQLite that nothing resets: once it is taken, no request succeeds any more."""

import os
import sqlite3
from contextlib import closing

from fastapi import FastAPI, HTTPException

SEATS = int(os.environ["SEATS"])

app = FastAPI()


def opened():
    db = sqlite3.connect("seats.db", timeout=5, isolation_level=None)
    db.execute("CREATE TABLE IF NOT EXISTS seats (id INTEGER PRIMARY KEY, way TEXT)")
    return closing(db)


def take(way: str):
    with opened() as db:
        (taken,) = db.execute("SELECT count(*) FROM seats").fetchone()
        if taken >= SEATS:
            raise HTTPException(409, "no seat is left")
        db.execute("INSERT INTO seats (way) VALUES (?)", (way,))
        return {"taken": taken + 1}


@app.post("/seats")
def book():
    return take("booked")


@app.post("/seats/walk-in")
def walk_in():
    return take("walked in")


@app.get("/seats")
def seats():
    with opened() as db:
        return db.execute("SELECT id, way FROM seats ORDER BY id").fetchall()
