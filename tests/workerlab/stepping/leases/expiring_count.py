"""A count that is forgotten after an hour."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment():
    async with store.pipeline() as pipe:
        pipe.incr("count")
        pipe.expire("count", 3600)
        count, _ = await pipe.execute()
    return {"count": count}


@app.get("/report")
async def report():
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset():
    await store.delete("count")
    return {"count": 0}
