"""Three plain tables and no constraint: one lock for all of it, which PostgreSQL frees itself."""

import os
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, Field

TABLES = """
SELECT pg_advisory_xact_lock(4711);
CREATE TABLE IF NOT EXISTS seats (seat text, name text, id text);
CREATE TABLE IF NOT EXISTS keys (key text, id text);
"""


@asynccontextmanager
async def lifespan(app):
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=2) as pool:
        await pool.execute(TABLES)
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@asynccontextmanager
async def alone():
    """A connection, and nobody else in here meanwhile: the lock ends with the transaction."""
    async with app.state.pool.acquire() as base, base.transaction():
        await base.execute("SELECT pg_advisory_xact_lock(4711)")
        yield base


class Wish(BaseModel):
    seat: str = Field(pattern="^([1-9]|10)[A-F]$")
    name: str
    key: str


@app.post("/bookings", status_code=201)
async def book(wish: Wish, response: Response):
    async with alone() as base:
        number = await base.fetchval("SELECT id FROM keys WHERE key = $1", wish.key)
        if number:
            response.status_code = 200
        elif await base.fetchval("SELECT true FROM seats WHERE seat = $1", wish.seat):
            raise HTTPException(409)
        else:
            number = uuid4().hex
            await base.execute("INSERT INTO keys VALUES ($1, $2)", wish.key, number)
            row = (wish.seat, wish.name, number)
            await base.execute("INSERT INTO seats VALUES ($1, $2, $3)", *row)
    return {"id": number, "seat": wish.seat, "name": wish.name}


@app.delete("/bookings/{number}", status_code=204)
async def cancel(number: str):
    async with alone() as base:
        if await base.execute("DELETE FROM seats WHERE id = $1", number) == "DELETE 0":
            raise HTTPException(404)


@app.get("/report")
async def report():
    async with alone() as base:
        booked = dict(await base.fetch("SELECT seat, name FROM seats"))
    return {"free": 60 - len(booked), "booked": booked, "sold": len(booked)}


@app.post("/reset")
async def reset():
    async with alone() as base:
        await base.execute("DELETE FROM seats")
        await base.execute("DELETE FROM keys")
