"""The count is shared; the reset is remembered by one worker only."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
since = {"reset": 0}


@app.post("/increment")
async def increment() -> dict[str, int]:
    return {"count": await store.incr("count") - since["reset"]}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0) - since["reset"]}


@app.post("/reset")
async def reset() -> dict[str, int]:
    since["reset"] = int(await store.get("count") or 0)
    return {"count": 0}
