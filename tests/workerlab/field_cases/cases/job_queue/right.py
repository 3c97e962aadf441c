"""A queue of jobs in PostgreSQL, from which programs take one after the other.

Cut from https://github.com/OCA/queue/pull/859 (2025-12-11): two workers see the same job that
waits, and both start it. SKIP LOCKED lets each take another one.
"""

import os
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI, Request

SCHEMA = """
SELECT pg_advisory_xact_lock(7);
CREATE TABLE IF NOT EXISTS jobs (id INTEGER PRIMARY KEY, state TEXT NOT NULL);
INSERT INTO jobs VALUES (1, 'waiting'), (2, 'waiting') ON CONFLICT DO NOTHING;
"""
CLAIM = """
UPDATE jobs SET state = 'started' WHERE id = (
    SELECT id FROM jobs WHERE state = 'waiting' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=4) as pool:
        await pool.execute(SCHEMA)
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/jobs/claim")
async def claim(request: Request):
    async with request.app.state.pool.acquire() as db:
        job = await db.fetchval(CLAIM)
    return {"job": job}


@app.get("/jobs")
async def jobs(request: Request):
    rows = await request.app.state.pool.fetch("SELECT id, state FROM jobs ORDER BY id")
    return [dict(row) for row in rows]
