"""The key has the worker's pid in it: one object for each worker again."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
KEY = f"count:{os.getpid()}"


@app.post("/increment")
async def increment() -> dict[str, int]:
    return {"count": await store.incr(KEY)}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get(KEY) or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set(KEY, 0)
    return {"count": 0}
