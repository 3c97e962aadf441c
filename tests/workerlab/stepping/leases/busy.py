"""A lock whose every trouble is answered 503, after the count was written over: wrong."""

import os

from fastapi import FastAPI, HTTPException
from redis.asyncio import Redis
from redis.exceptions import LockError

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment():
    try:
        async with store.lock("lock", timeout=10):
            count = int(await store.get("count") or 0)
            await store.set("count", count + 1)
    except LockError:
        raise HTTPException(503, "busy") from None
    return {"count": count + 1}


@app.get("/report")
async def report():
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset():
    await store.delete("count", "lock")
    return {"count": 0}
