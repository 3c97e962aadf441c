"""Orders with an outbox: order and message are one statement, and the message is told afterwards."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)

ORDER = """
WITH made AS (INSERT INTO orders DEFAULT VALUES RETURNING id)
INSERT INTO outbox SELECT id FROM made
"""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=2) as pool:
        app.state.pool = pool
        yield
    await store.aclose()


app = FastAPI(lifespan=lifespan)


async def tell() -> None:
    for (number,) in await app.state.pool.fetch("SELECT id FROM outbox"):
        await store.sadd("kitchen", number)
        await app.state.pool.execute("DELETE FROM outbox WHERE id = $1", number)


@app.post("/orders")
async def order() -> None:
    await app.state.pool.execute(ORDER)
    await tell()


@app.get("/report")
async def report() -> dict[str, int]:
    orders = await app.state.pool.fetchval("SELECT count(*) FROM orders")
    return {"orders": orders, "told": await store.scard("kitchen")}


@app.post("/reset")
async def reset() -> None:
    await app.state.pool.execute("DELETE FROM orders; DELETE FROM outbox")
    await store.delete("kitchen")
