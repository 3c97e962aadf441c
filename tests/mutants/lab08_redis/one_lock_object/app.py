"""One lock object for all requests of a worker: a release clears the token of whoever came next."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
lock = store.lock("count:lock", timeout=5, sleep=0.01)
app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    async with lock:
        count = int(await store.get("count") or 0) + 1
        await store.set("count", count)
        return {"count": count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    async with lock:
        await store.set("count", 0)
        return {"count": 0}
