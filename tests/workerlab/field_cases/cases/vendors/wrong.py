"""Applications by name and vendor, made when they are first asked for.

Cut from https://github.com/ormar-orm/ormar/issues/1016 (2023-02-17): of two requests for one that is
not there yet, the second fails with a UniqueViolation.
"""

import os
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI

SCHEMA = """
SELECT pg_advisory_xact_lock(11);
CREATE TABLE IF NOT EXISTS applications (
    id SERIAL PRIMARY KEY, name TEXT, vendor TEXT, UNIQUE (name, vendor)
);
"""
GET = "SELECT id FROM applications WHERE name = $1 AND vendor = $2"
CREATE = "INSERT INTO applications (name, vendor) VALUES ($1, $2) RETURNING id"


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1) as app.state.db:
        await app.state.db.execute(SCHEMA)
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/applications/{vendor}/{name}")
async def get_or_create(vendor: str, name: str):
    number = await app.state.db.fetchval(GET, name, vendor)
    if number is None:
        number = await app.state.db.fetchval(CREATE, name, vendor)
    return {"id": number}


@app.get("/applications")
async def applications():
    return [row["name"] for row in await app.state.db.fetch("SELECT name FROM applications")]
