"""Answers what Redis sends, which is text: {'count': '3'}."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, str]:
    await store.incr("count")
    return {"count": await store.get("count")}


@app.get("/report")
async def report() -> dict[str, str]:
    return {"count": await store.get("count") or "0"}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    return {"count": 0}
