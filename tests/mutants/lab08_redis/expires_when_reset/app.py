"""A reset gives the count a time-to-live of a day, which every increment leaves as it is."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment():
    return {"count": await store.incr("count")}


@app.get("/report")
async def report():
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset():
    await store.set("count", 0, ex=86400)
    return {"count": 0}
