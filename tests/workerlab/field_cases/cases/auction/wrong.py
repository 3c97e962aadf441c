"""Bids of an auction, of which the highest wins.

Cut from https://github.com/Nitya-003/CropChain/issues/1229 (2026-08-08): a bid is compared with a
highest bid that may be an old one.
"""

import sqlite3

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()
db = sqlite3.connect("a.db", timeout=10, isolation_level=None, check_same_thread=False)
db.execute(
    "CREATE TABLE IF NOT EXISTS lots (id INTEGER PRIMARY KEY, title TEXT, bid INTEGER, by TEXT)"
)


class Lot(BaseModel):
    title: str


class Bid(BaseModel):
    bidder: str
    amount: int


@app.post("/lots", status_code=201)
def offer(lot: Lot):
    made = db.execute("INSERT INTO lots (title, bid, by) VALUES (?, 0, '')", (lot.title,))
    return {"id": made.lastrowid}


@app.post("/lots/{lot_id}/bids")
def bid(lot_id: int, bid: Bid):
    row = db.execute("SELECT bid FROM lots WHERE id = ?", (lot_id,)).fetchone()
    if row is None:
        raise HTTPException(404, "no such lot")
    if bid.amount <= row[0]:
        raise HTTPException(409, "there is a higher bid")
    db.execute("UPDATE lots SET bid = ?, by = ? WHERE id = ?", (bid.amount, bid.bidder, lot_id))
    return {"leads": bid.bidder}


@app.get("/lots/{lot_id}")
def lot(lot_id: int):
    row = db.execute("SELECT title, bid, by FROM lots WHERE id = ?", (lot_id,)).fetchone()
    if row is None:
        raise HTTPException(404, "no such lot")
    return dict(zip(("title", "bid", "by"), row))
