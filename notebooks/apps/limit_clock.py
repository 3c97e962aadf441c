"""The same limit in windows of the clock: one number for each customer and window, and one INCR."""

import os
import time

from fastapi import FastAPI, HTTPException
from redis.asyncio import Redis

LIMIT, WINDOW_S = int(os.environ["LIMIT"]), int(os.environ["WINDOW_S"])
store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.get("/work/{customer}")
async def work(customer: str) -> dict[str, str]:
    window = int(time.time() / WINDOW_S)
    if await store.incr(f"used:{customer}:{window}") > LIMIT:
        raise HTTPException(429)
    return {"done": "yes"}
