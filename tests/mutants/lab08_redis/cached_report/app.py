"""The report is remembered for a second, to save Redis the work."""

import os
import time

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
cache = {"count": 0, "until": 0.0}


@app.post("/increment")
async def increment() -> dict[str, int]:
    return {"count": await store.incr("count")}


@app.get("/report")
async def report() -> dict[str, int]:
    if time.monotonic() > cache["until"]:
        cache["count"] = int(await store.get("count") or 0)
        cache["until"] = time.monotonic() + 1
    return {"count": cache["count"]}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    return {"count": 0}
