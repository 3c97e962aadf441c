"""Right: SERIALIZABLE transactions over plain tables, tried again until PostgreSQL agrees."""

import os
import uuid
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel

SEATS = [f"{row}{letter}" for row in range(1, 11) for letter in "ABCDEF"]

TABLE = """
CREATE TABLE IF NOT EXISTS booking (id text, key text, seat text, name text, holds boolean)
"""
ADD = "INSERT INTO booking VALUES ($1, $2, $3, $4, true)"


class Wish(BaseModel):
    seat: str
    name: str
    key: str


@asynccontextmanager
async def lifespan(app):
    app.state.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=0, max_size=3)
    while True:
        try:
            await app.state.pool.execute(TABLE)
            break
        except (asyncpg.UniqueViolationError, asyncpg.DuplicateTableError):
            continue  # another worker makes it just now
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan)


async def serially(work):
    while True:
        try:
            async with app.state.pool.acquire() as base:
                async with base.transaction(isolation="serializable"):
                    return await work(base)
        except asyncpg.SerializationError:
            continue


@app.post("/bookings")
async def book(wish: Wish, response: Response):
    if wish.seat not in SEATS:
        raise HTTPException(400)

    async def work(base):
        known = await base.fetchrow("SELECT id, seat, name FROM booking WHERE key = $1", wish.key)
        if known:
            return 200, dict(known)
        if await base.fetchrow("SELECT 1 FROM booking WHERE seat = $1 AND holds", wish.seat):
            return 409, {}
        id_ = str(uuid.uuid4())
        await base.execute(ADD, id_, wish.key, wish.seat, wish.name)
        return 201, {"id": id_, "seat": wish.seat, "name": wish.name}

    response.status_code, body = await serially(work)
    return body


@app.delete("/bookings/{id_}")
async def cancel(id_: str):
    async def work(base):
        cancel = "UPDATE booking SET holds = false WHERE id = $1 RETURNING 1"
        return await base.fetchval(cancel, id_)

    return Response(status_code=204 if await serially(work) else 404)


@app.get("/report")
async def report():
    async def work(base):
        return await base.fetch("SELECT seat, name FROM booking WHERE holds")

    rows = await serially(work)
    return {"free": 60 - len(rows), "booked": dict(rows), "sold": len(rows)}


@app.post("/reset")
async def reset():
    async def work(base):
        await base.execute("DELETE FROM booking")

    await serially(work)
    return {}
