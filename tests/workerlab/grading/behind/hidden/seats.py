"""Seats in PostgreSQL that a function of the database sells; FORM says how safely."""

import os
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel

SAFE = {
    "look_then_insert": "",
    "advisory": "PERFORM pg_advisory_xact_lock(1);",
    "table_lock": "LOCK TABLE bookings IN EXCLUSIVE MODE;",
}[os.environ["FORM"]]
TABLE = f"""
CREATE TABLE IF NOT EXISTS bookings (id serial PRIMARY KEY, key text, seat text, name text);
CREATE OR REPLACE FUNCTION book(k text, s text, n text) RETURNS int AS $$
DECLARE number int;
BEGIN
    {SAFE}
    IF EXISTS (SELECT 1 FROM bookings WHERE seat = s) THEN RETURN NULL; END IF;
    INSERT INTO bookings (key, seat, name) VALUES (k, s, n) RETURNING id INTO number;
    RETURN number;
END $$ LANGUAGE plpgsql;
"""


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=4) as pool:
        async with pool.acquire() as base, base.transaction():
            await base.execute("SELECT pg_advisory_xact_lock(12)")
            await base.execute(TABLE)
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


class Wish(BaseModel):
    seat: str
    name: str
    key: str


@app.post("/bookings", status_code=201)
async def book(wish: Wish, request: Request) -> dict:
    number = await request.app.state.pool.fetchval(
        "SELECT book($1, $2, $3)", wish.key, wish.seat, wish.name
    )
    if number is None:
        raise HTTPException(409)
    return {"id": number, "seat": wish.seat, "name": wish.name}


@app.get("/report")
async def report(request: Request) -> dict:
    rows = await request.app.state.pool.fetch("SELECT seat, name FROM bookings")
    return {"free": 60 - len(rows), "booked": dict(rows), "sold": len(rows)}


@app.post("/reset")
async def reset(request: Request) -> dict:
    await request.app.state.pool.execute("DELETE FROM bookings")
    return {}
