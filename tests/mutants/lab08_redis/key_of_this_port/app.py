"""The key has the listening port in it: two instances, two counts."""

import os

from fastapi import FastAPI, Request
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


def key(request: Request) -> str:
    return f"count:{request.url.port}"


@app.post("/increment")
async def increment(request: Request) -> dict[str, int]:
    return {"count": await store.incr(key(request))}


@app.get("/report")
async def report(request: Request) -> dict[str, int]:
    return {"count": int(await store.get(key(request)) or 0)}


@app.post("/reset")
async def reset(request: Request) -> dict[str, int]:
    await store.set(key(request), 0)
    return {"count": 0}
