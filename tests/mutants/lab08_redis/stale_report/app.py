"""Counts in Redis, but reports the last value that this worker itself has seen."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
last = {"count": 0}


@app.post("/increment")
async def increment() -> dict[str, int]:
    last["count"] = await store.incr("count")
    return {"count": last["count"]}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": last["count"]}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    last["count"] = 0
    return {"count": 0}
