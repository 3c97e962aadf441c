"""An increment that may be sent twice: each client gives its request a key of its own."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
app = FastAPI()


@app.post("/increment/{key}")
async def increment(key: str) -> dict[str, int]:
    known = await store.hget("answers", key)
    if known:
        return {"count": int(known)}
    count = await store.incr("count")
    await store.hset("answers", key, count)
    return {"count": count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.flushdb()
    return {"count": 0}
