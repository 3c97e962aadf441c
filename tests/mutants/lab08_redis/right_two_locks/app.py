"""First a lock in the worker, so that its own requests queue there; then the one in Redis."""

import asyncio
import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
here = asyncio.Lock()


def everywhere():
    return store.lock("count:lock", timeout=4, sleep=0.01)


@app.post("/increment")
async def increment() -> dict[str, int]:
    async with here, everywhere():
        count = int(await store.get("count") or 0) + 1
        await store.set("count", count)
        return {"count": count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    async with here, everywhere():
        await store.set("count", 0)
        return {"count": 0}
