"""A key for each worker, summed up on each answer: the sum is not one moment."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


async def total() -> int:
    keys = [key async for key in store.scan_iter("count:*")]
    return sum(int(value or 0) for value in await store.mget(keys)) if keys else 0


@app.post("/increment")
async def increment() -> dict[str, int]:
    await store.incr(f"count:{os.getpid()}")
    return {"count": await total()}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": await total()}


@app.post("/reset")
async def reset() -> dict[str, int]:
    if keys := [key async for key in store.scan_iter("count:*")]:
        await store.delete(*keys)
    return {"count": 0}
