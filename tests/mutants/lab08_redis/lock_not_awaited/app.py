"""Asks for the lock without waiting, and goes on whether it got it or not."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    lock = store.lock("count:lock", timeout=5)
    mine = await lock.acquire(blocking=False)
    count = int(await store.get("count") or 0) + 1
    await store.set("count", count)
    if mine:
        await lock.release()
    return {"count": count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    return {"count": 0}
