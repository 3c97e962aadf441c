"""A costly page, made for each user one at a time.

Cut from https://github.com/laurentS/slowapi/issues/57 (2021-07-25): who is at work is looked up
first and noted then.
"""

import os

from fastapi import FastAPI, HTTPException
from redis.asyncio import Redis

app = FastAPI()
redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.post("/users/{user}/render")
async def render(user: str):
    key = f"under-way:{user}"
    if int(await redis.get(key) or 0) > 0:
        raise HTTPException(429, "one at a time", {"Retry-After": "1"})
    await redis.incr(key)
    try:
        pages = int(await redis.get(f"pages:{user}") or 0)
        await redis.set(f"pages:{user}", pages + 1)
    finally:
        await redis.decr(key)
    return {"rendered": True}


@app.get("/users/{user}/pages")
async def pages(user: str):
    return {"pages": int(await redis.get(f"pages:{user}") or 0)}
