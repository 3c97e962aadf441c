"""Bookings of lab 12 in a SQLite file, with two faults: a cancel frees the seat that the booking
*had*, though it may be another's by now, and the key is kept in one transaction, the seat in another."""

import os
import sqlite3

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel

TABLES = """
CREATE TABLE IF NOT EXISTS keys (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT, seat TEXT);
CREATE TABLE IF NOT EXISTS seats (seat TEXT PRIMARY KEY, name TEXT);
"""
app = FastAPI()


class Wish(BaseModel):
    seat: str
    name: str
    key: str


def base() -> sqlite3.Connection:
    return sqlite3.connect(os.environ["PLACE"], timeout=5, isolation_level=None)


# Readers and writers do not wait for each other in this mode. A worker that waits for a lock of SQLite
# is woken by a timer, which is no part of a schedule.
base().executescript(f"PRAGMA journal_mode = WAL; {TABLES}")


@app.post("/bookings", status_code=201)
def book(wish: Wish, response: Response):
    db = base()
    row = db.execute("SELECT id FROM keys WHERE key = ?", (wish.key,)).fetchone()
    if row:
        response.status_code = 200
        return {"id": row[0], "seat": wish.seat, "name": wish.name}
    if db.execute("SELECT 1 FROM seats WHERE seat = ?", (wish.seat,)).fetchone():
        raise HTTPException(409)
    row = (wish.key, wish.seat)
    id_ = db.execute("INSERT INTO keys (key, seat) VALUES (?, ?)", row).lastrowid
    db.execute("INSERT INTO seats VALUES (?, ?)", (wish.seat, wish.name))
    return {"id": id_, "seat": wish.seat, "name": wish.name}


@app.delete("/bookings/{id_}", status_code=204)
def cancel(id_: int):
    db = base()
    row = db.execute("SELECT seat FROM keys WHERE id = ?", (id_,)).fetchone()
    if row is None:
        raise HTTPException(404)
    db.execute("DELETE FROM keys WHERE id = ?", (id_,))
    db.execute("DELETE FROM seats WHERE seat = ?", row)


@app.get("/report")
def report():
    booked = dict(base().execute("SELECT seat, name FROM seats").fetchall())
    return {"free": 60 - len(booked), "booked": booked, "sold": len(booked)}


@app.post("/reset")
def reset():
    base().executescript("DELETE FROM keys; DELETE FROM seats")
