"""Meetings in a calendar, which must not overlap.

Cut from https://github.com/calcom/cal.diy/issues/13397 (2024-01-24): two requests both find that the
time is free, and both book it.
"""

import os
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

SCHEMA = """
SELECT pg_advisory_xact_lock(5);
CREATE TABLE IF NOT EXISTS meetings (guest TEXT, during INT4RANGE);
"""


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.db = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1)
    await app.state.db.execute(SCHEMA)
    yield
    await app.state.db.close()


app = FastAPI(lifespan=lifespan)


class Meeting(BaseModel):
    guest: str
    begins: int
    ends: int


@app.post("/meetings", status_code=201)
async def book(meeting: Meeting):
    time = asyncpg.Range(meeting.begins, meeting.ends)
    async with app.state.db.acquire() as db, db.transaction():
        if await db.fetchval("SELECT 1 FROM meetings WHERE during && $1", time):
            raise HTTPException(409, "no longer available")
        await db.execute("INSERT INTO meetings VALUES ($1, $2)", meeting.guest, time)
    return {"booked": meeting.guest}


@app.get("/meetings")
async def meetings():
    rows = await app.state.db.fetch("SELECT guest FROM meetings ORDER BY during, guest")
    return [row["guest"] for row in rows]
