"""Chapter 12. A theatre in PostgreSQL: one row a booking, and the table refuses what may not be."""

import os
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel

BOOK = """
INSERT INTO bookings (seat, name, key) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
RETURNING id, seat, name
"""


@asynccontextmanager
async def lifespan(app):
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=2) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


class Wish(BaseModel):
    seat: str
    name: str
    key: str


@app.post("/bookings", status_code=201)
async def book(wish: Wish, response: Response):
    base = app.state.pool
    made = await base.fetchrow(BOOK, wish.seat, wish.name, wish.key)
    if made is None:
        response.status_code = 200
        made = await base.fetchrow("SELECT * FROM bookings WHERE key = $1", wish.key)
    if made is None:
        raise HTTPException(409)
    return dict(made)


@app.get("/report")
async def report():
    rows = await app.state.pool.fetch("SELECT seat, name FROM bookings")
    return {"free": 60 - len(rows), "booked": dict(rows), "sold": len(rows)}


@app.post("/reset")
async def reset():
    await app.state.pool.execute("DELETE FROM bookings")
