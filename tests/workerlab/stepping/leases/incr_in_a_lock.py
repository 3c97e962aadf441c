"""A lock around one atomic command: right, and the lock is for nothing."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment():
    async with store.lock("lock", timeout=10):
        count = await store.incr("count")
    return {"count": count}


@app.get("/report")
async def report():
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset():
    await store.delete("count", "lock")
    return {"count": 0}
