"""The same limit in Redis, with one list of moments for all workers: look, then note."""

import os
import time

from fastapi import FastAPI, HTTPException
from redis.asyncio import Redis

LIMIT, WINDOW_S = int(os.environ["LIMIT"]), int(os.environ["WINDOW_S"])
store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.get("/work/{customer}")
async def work(customer: str) -> dict[str, str]:
    passed, now = f"passed:{customer}", time.time()
    earlier = await store.lindex(passed, -LIMIT)
    if earlier and now - float(earlier) < WINDOW_S:
        raise HTTPException(429)
    await store.rpush(passed, now)
    return {"done": "yes"}


@app.post("/reset")
async def reset() -> None:
    await store.delete("passed:ann")
