"""Answers first, and counts in a background task: if the worker dies, the answer was a lie."""

import os

from fastapi import BackgroundTasks, FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment(tasks: BackgroundTasks) -> dict[str, int]:
    tasks.add_task(store.incr, "count")
    return {"count": int(await store.get("count") or 0) + 1}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    return {"count": 0}
