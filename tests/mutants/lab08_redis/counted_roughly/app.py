"""A HyperLogLog counts millions of visitors in 12 kB, and nearly right."""

import os
import uuid

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    async with store.pipeline(transaction=True) as pipe:
        pipe.pfadd("count", uuid.uuid4().hex)
        pipe.pfcount("count")
        _, count = await pipe.execute()
    return {"count": count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": await store.pfcount("count")}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.delete("count")
    return {"count": 0}
