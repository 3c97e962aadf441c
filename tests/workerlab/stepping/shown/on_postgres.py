"""A count in PostgreSQL that is read and saved, and a statement that does both."""

import os

import asyncpg
from fastapi import FastAPI

pools = []
app = FastAPI()


async def base():
    if not pools:
        pools.append(await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=3))
    return pools[0]


@app.post("/reset")
async def reset():
    pool = await base()
    await pool.execute("CREATE TABLE IF NOT EXISTS counts (n int)")
    await pool.execute("DELETE FROM counts")
    await pool.execute("INSERT INTO counts VALUES (7)")
    return {}


@app.get("/left")
async def left():
    return await (await base()).fetchval("SELECT n FROM counts")


@app.post("/read_save")
async def read_save():
    pool = await base()
    count = await pool.fetchval("SELECT n FROM counts")
    await pool.execute("UPDATE counts SET n = $1", count + 1)
    return {"count": count + 1}


@app.post("/with")
async def with_():
    pool = await base()
    await pool.execute("WITH new AS (INSERT INTO counts VALUES (1)) UPDATE counts SET n = n + 1")
    return {}


@app.post("/add_read")
async def add_read():
    pool = await base()
    await pool.execute("UPDATE counts SET n = n + 1")
    return {"count": await pool.fetchval("SELECT n FROM counts")}
