"""Answers the reset first, and resets in a background task."""

import os

from fastapi import BackgroundTasks, FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    return {"count": await store.incr("count")}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset(tasks: BackgroundTasks) -> dict[str, int]:
    tasks.add_task(store.set, "count", 0)
    return {"count": 0}
