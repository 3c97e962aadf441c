"""A field for each worker in one hash; adding and summing up are one MULTI."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    async with store.pipeline(transaction=True) as pipe:
        pipe.hincrby("parts", str(os.getpid()), 1)
        pipe.hvals("parts")
        _, parts = await pipe.execute()
    return {"count": sum(map(int, parts))}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": sum(map(int, await store.hvals("parts")))}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.delete("parts")
    return {"count": 0}
