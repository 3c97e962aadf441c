"""Counts the pause before another try from the beginning of a call."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg
import httpx
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

TICK_S, SINK_URL = int(os.environ["TICK_MS"]) / 1000, os.environ["SINK_URL"]

TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL,
    state text NOT NULL DEFAULT 'waiting', epoch bigint NOT NULL DEFAULT 0,
    due timestamptz NOT NULL DEFAULT now(), started timestamptz)
"""
TAKE = """
UPDATE jobs SET state = 'running', epoch = epoch + 1, due = now() + interval '2.4 s', started = now() WHERE id = (
    SELECT id FROM jobs WHERE state <> 'done' AND due <= now()
    ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, epoch
"""
DONE = "UPDATE jobs SET state = 'done' WHERE id = $1"
FAILED = """
UPDATE jobs SET state = 'waiting', due = started + $3 * interval '1 s'
WHERE id = $1 AND epoch = $2 AND state = 'running'
"""


class Job(BaseModel):
    name: str


async def run_jobs(pool: asyncpg.Pool, stop: asyncio.Event) -> None:
    async with httpx.AsyncClient(timeout=2) as sink:
        while not stop.is_set():
            row = await pool.fetchrow(TAKE)
            if row is None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), TICK_S)
                continue
            try:
                answer = await sink.post(SINK_URL, json=dict(row))
                status = answer.status_code
            except httpx.HTTPError:
                status = 0
            if status == 200:
                await pool.execute(DONE, row["id"])
            elif status != 409:
                await pool.execute(FAILED, row["id"], row["epoch"], TICK_S)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["DATABASE_URL"]) as pool:
        async with pool.acquire() as session, session.transaction():
            await session.execute("SELECT pg_advisory_xact_lock(18)")
            await session.execute(TABLE)
        app.state.pool, stop = pool, asyncio.Event()
        runner = asyncio.create_task(run_jobs(pool, stop))
        yield
        stop.set()
        await runner


app = FastAPI(lifespan=lifespan)


@app.post("/jobs", status_code=201)
async def post(job: Job) -> dict[str, int]:
    query = "INSERT INTO jobs (name) VALUES ($1) RETURNING id"
    return {"id": await app.state.pool.fetchval(query, job.name)}


@app.get("/jobs/{number}")
async def get(number: int) -> dict[str, str]:
    state = await app.state.pool.fetchval("SELECT state FROM jobs WHERE id = $1", number)
    if state is None:
        raise HTTPException(404)
    return {"state": state}
