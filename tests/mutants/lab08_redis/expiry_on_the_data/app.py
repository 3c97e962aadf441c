"""The count itself has a time-to-live: an hour without a visitor, and it is gone."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    async with store.pipeline(transaction=True) as pipe:
        pipe.incr("count")
        pipe.expire("count", 3600)
        count, _ = await pipe.execute()
    return {"count": count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    return {"count": 0}
