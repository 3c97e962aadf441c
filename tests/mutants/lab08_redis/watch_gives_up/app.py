"""WATCH, with three tries; in a crowd that is not enough, and the client is turned away."""

import os

from fastapi import FastAPI, HTTPException
from redis.asyncio import Redis
from redis.exceptions import WatchError

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    async with store.pipeline() as pipe:
        for _ in range(3):
            try:
                await pipe.watch("count")
                count = int(await pipe.get("count") or 0) + 1
                pipe.multi()
                pipe.set("count", count)
                await pipe.execute()
                return {"count": count}
            except WatchError:
                continue
    raise HTTPException(503, "too busy")


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    return {"count": 0}
