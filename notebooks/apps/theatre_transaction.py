"""Chapter 12. A theatre in PostgreSQL: look and insert, "in a transaction"."""

import os
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel


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
    async with app.state.pool.acquire() as base, base.transaction():
        known = await base.fetchrow("SELECT * FROM bookings WHERE key = $1", wish.key)
        if known:
            response.status_code = 200
            return dict(known)
        taken = await base.fetchval("SELECT true FROM bookings WHERE seat = $1", wish.seat)
        if taken:
            raise HTTPException(409)
        insert = "INSERT INTO bookings (seat, name, key) VALUES ($1, $2, $3) RETURNING *"
        return dict(await base.fetchrow(insert, wish.seat, wish.name, wish.key))


@app.get("/report")
async def report():
    rows = await app.state.pool.fetch("SELECT seat, name FROM bookings")
    return {"free": 60 - len(rows), "booked": dict(rows), "sold": len(rows)}


@app.post("/reset")
async def reset():
    await app.state.pool.execute("DELETE FROM bookings")
