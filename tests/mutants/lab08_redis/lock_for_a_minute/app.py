"""A home-made lock whose time-to-live is a minute: the others wait that long for the dead."""

import asyncio
import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    while not await store.set("lock", "taken", nx=True, ex=60):
        await asyncio.sleep(0.005)
    count = int(await store.get("count") or 0) + 1
    await store.set("count", count)
    await store.delete("lock")
    return {"count": count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    while not await store.set("lock", "taken", nx=True, ex=60):
        await asyncio.sleep(0.005)
    await store.set("count", 0)
    await store.delete("lock")
    return {"count": 0}
