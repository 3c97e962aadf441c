"""The count is the length of a list: RPUSH answers it."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    return {"count": await store.rpush("increments", os.getpid())}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": await store.llen("increments")}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.delete("increments")
    return {"count": 0}
