"""The increment has a lock, the reset has another: they never meet."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


def lock(name: str):
    return store.lock(f"{name}:lock", timeout=5, sleep=0.005)


@app.post("/increment")
async def increment() -> dict[str, int]:
    async with lock("increment"):
        count = int(await store.get("count") or 0) + 1
        await store.set("count", count)
    return {"count": count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    async with lock("reset"):
        await store.set("count", 0)
    return {"count": 0}
