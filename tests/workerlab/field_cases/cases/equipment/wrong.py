"""Machines that farmers lend each other, in memory, on one worker.

Cut from https://github.com/Eshajha19/agri/issues/1063 (2026-05-24): the lock is given back between
looking and booking.
"""

from threading import Lock

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()
_lock = Lock()
listings = {1: {"name": "tractor", "available": True}}
bookings: list[dict] = []


class Booking(BaseModel):
    farmer: str


@app.post("/equipment/{number}/book", status_code=201)
def book(number: int, booking: Booking):
    with _lock:
        available = listings[number]["available"]
    if not available:
        raise HTTPException(409, "not available")
    with _lock:
        listings[number]["available"] = False
        bookings.append({"equipment": number, "farmer": booking.farmer})
    return {"booked": listings[number]["name"]}


@app.get("/bookings")
def all_bookings():
    return bookings
