"""A new connection for each request, closed with it."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

app = FastAPI()


def connect() -> Redis:
    return Redis.from_url(os.environ["REDIS_URL"])


@app.post("/increment")
async def increment() -> dict[str, int]:
    async with connect() as store:
        return {"count": await store.incr("count")}


@app.get("/report")
async def report() -> dict[str, int]:
    async with connect() as store:
        return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    async with connect() as store:
        await store.set("count", 0)
    return {"count": 0}
