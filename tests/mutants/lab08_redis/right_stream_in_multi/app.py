"""A stream of increments: XADD and XLEN in one MULTI."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    async with store.pipeline(transaction=True) as pipe:
        pipe.xadd("increments", {"by": os.getpid()})
        pipe.xlen("increments")
        _, length = await pipe.execute()
    return {"count": length}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": await store.xlen("increments")}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.delete("increments")
    return {"count": 0}
