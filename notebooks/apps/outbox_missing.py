"""An order is written to PostgreSQL, and the kitchen is told by Redis."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
ORDER = "INSERT INTO orders DEFAULT VALUES RETURNING id"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=2) as pool:
        app.state.pool = pool
        yield
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.post("/orders")
async def order() -> None:
    number = await app.state.pool.fetchval(ORDER)
    await store.sadd("kitchen", number)


@app.get("/report")
async def report() -> dict[str, int]:
    orders = await app.state.pool.fetchval("SELECT count(*) FROM orders")
    return {"orders": orders, "told": await store.scard("kitchen")}


@app.post("/reset")
async def reset() -> None:
    await app.state.pool.execute("DELETE FROM orders")
    await store.delete("kitchen")
