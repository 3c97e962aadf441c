"""An honest mistake: a function of PostgreSQL that looks and then inserts, with no constraint.

Lab: lab12_bookings
Deserves: at most 7 points
"""

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
    key text NOT NULL,
    seat text NOT NULL,
    name text NOT NULL,
    cancelled boolean NOT NULL DEFAULT false
);
CREATE OR REPLACE FUNCTION book(k text, s text, n text, OUT status int, OUT number bigint) AS $$
BEGIN
    SELECT 200, id INTO status, number FROM bookings WHERE key = k;
    IF FOUND THEN RETURN; END IF;
    IF EXISTS (SELECT 1 FROM bookings WHERE seat = s AND NOT cancelled) THEN
        status := 409; RETURN;
    END IF;
    INSERT INTO bookings (key, seat, name) VALUES (k, s, n) RETURNING 201, id INTO status, number;
END $$ LANGUAGE plpgsql;
"""
CANCEL = "UPDATE bookings SET cancelled = true WHERE id::text = $1 RETURNING id"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=4) as pool:
        async with pool.acquire() as base, base.transaction():
            await base.execute("SELECT pg_advisory_xact_lock(12)")  # one worker after the other
            await base.execute(TABLE)
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
    row = await base.fetchrow("SELECT * FROM book($1, $2, $3)", wish.key, wish.seat, wish.name)
    if row["status"] == 409:
        raise HTTPException(409, f"{wish.seat} is taken")
    response.status_code = row["status"]
    return {"id": str(row["number"]), "seat": wish.seat, "name": wish.name}


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
