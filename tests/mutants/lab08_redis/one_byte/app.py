"""Counts in one byte: after 255 comes 0."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    (count,) = await store.bitfield("count").incrby("u8", 0, 1).execute()
    return {"count": count}


@app.get("/report")
async def report() -> dict[str, int]:
    (count,) = await store.bitfield("count").get("u8", 0).execute()
    return {"count": count}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.delete("count")
    return {"count": 0}
