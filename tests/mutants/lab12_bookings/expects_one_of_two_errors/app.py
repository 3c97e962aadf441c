"""A worker that is too late at the start expects one error of the two that there are."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import asyncpg
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from pydantic import BaseModel, Field

TABLE = """
CREATE TABLE IF NOT EXISTS bookings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL UNIQUE,
    seat text NOT NULL,
    name text NOT NULL,
    cancelled boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX IF NOT EXISTS one_on_each_seat ON bookings (seat) WHERE NOT cancelled;
"""
BOOK = """
INSERT INTO bookings (key, seat, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
RETURNING id, seat, name
"""
OF_KEY = "SELECT id, seat, name FROM bookings WHERE key = $1"
TAKEN = "SELECT true FROM bookings WHERE seat = $1 AND NOT cancelled"
CANCEL = "UPDATE bookings SET cancelled = true WHERE id::text = $1 RETURNING id"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=4) as pool:
        try:
            await pool.execute(TABLE)
        except asyncpg.DuplicateTableError:
            pass  # another worker has created it
        app.state.pool = pool
        yield


def pool(request: Request) -> asyncpg.Pool:
    return request.app.state.pool


Base = Annotated[asyncpg.Pool, Depends(pool)]
app = FastAPI(lifespan=lifespan)


class Wish(BaseModel):
    """A seat for somebody; the key names this wish, however often it is sent."""

    seat: str = Field(pattern="^([1-9]|10)[A-F]$")
    name: str
    key: str


@app.post("/bookings", status_code=201)
async def book(wish: Wish, response: Response, base: Base) -> dict[str, str]:
    while True:
        if made := await base.fetchrow(BOOK, wish.key, wish.seat, wish.name):
            return told(made)
        if known := await base.fetchrow(OF_KEY, wish.key):
            response.status_code = 200
            return told(known)
        if await base.fetchval(TAKEN, wish.seat):
            raise HTTPException(409, f"{wish.seat} is taken")
        # Whatever stood in the way has gone in the meantime: try again.


def told(booking: asyncpg.Record) -> dict[str, str]:
    return {"id": str(booking["id"]), "seat": booking["seat"], "name": booking["name"]}


@app.delete("/bookings/{number}", status_code=204)
async def cancel(number: str, base: Base) -> None:
    if not await base.fetchval(CANCEL, number):
        raise HTTPException(404, "there is no such booking")


@app.get("/report")
async def report(base: Base) -> dict:
    rows = await base.fetch("SELECT seat, name FROM bookings WHERE NOT cancelled")
    return {"free": 60 - len(rows), "booked": dict(rows), "sold": len(rows)}


@app.post("/reset")
async def reset(base: Base) -> dict[str, str]:
    await base.execute("DELETE FROM bookings")
    return {}
