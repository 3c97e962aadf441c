"""Sets the count to 0 when the module is imported: every new worker presses reset."""

import os

from fastapi import FastAPI
from redis import Redis as SyncRedis
from redis.asyncio import Redis

SyncRedis.from_url(os.environ["REDIS_URL"]).set("count", 0)
store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    return {"count": await store.incr("count")}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    return {"count": 0}
