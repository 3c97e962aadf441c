"""redis-py's lock around a read and a write: wrong as soon as a holder outlives it."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment():
    async with store.lock("lock", timeout=10):
        count = int(await store.get("count") or 0)
        await store.set("count", count + 1)
    return {"count": count + 1}


@app.get("/report")
async def report():
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset():
    await store.delete("count", "lock")
    return {"count": 0}
