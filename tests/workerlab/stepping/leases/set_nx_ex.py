"""A home-made lock, SET NX EX, which is deleted by whoever comes to the end of its work."""

import asyncio
import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment():
    while not await store.set("lock", "taken", nx=True, ex=30):
        await asyncio.sleep(0.01)
    count = int(await store.get("count") or 0)
    await store.set("count", count + 1)
    await store.delete("lock")
    return {"count": count + 1}


@app.get("/report")
async def report():
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset():
    await store.delete("count", "lock")
    return {"count": 0}
