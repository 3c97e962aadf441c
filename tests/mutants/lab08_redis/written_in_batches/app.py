"""Collects increments in memory and writes every tenth time."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
waiting = {"count": 0}


@app.post("/increment")
async def increment() -> dict[str, int]:
    waiting["count"] += 1
    if waiting["count"] == 10:
        waiting["count"] = 0
        await store.incrby("count", 10)
    return {"count": int(await store.get("count") or 0) + waiting["count"]}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0) + waiting["count"]}


@app.post("/reset")
async def reset() -> dict[str, int]:
    waiting["count"] = 0
    await store.set("count", 0)
    return {"count": 0}
