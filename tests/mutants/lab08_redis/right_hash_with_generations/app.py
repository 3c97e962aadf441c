"""HINCRBY in a hash, one field for each generation; a reset begins the next one."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


async def generation() -> str:
    return (await store.get("generation") or b"0").decode()


@app.post("/increment")
async def increment() -> dict[str, int]:
    return {"count": await store.hincrby("counts", await generation(), 1)}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.hget("counts", await generation()) or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.incr("generation")
    return {"count": 0}
