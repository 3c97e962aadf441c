"""Connects to Redis, and counts in a module global all the same."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
count = 0


@app.post("/increment")
async def increment() -> dict[str, int]:
    global count
    count += 1
    await store.set("count", count)
    return {"count": count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": count}


@app.post("/reset")
async def reset() -> dict[str, int]:
    global count
    count = 0
    return {"count": 0}
