"""Refuses a request when another one has the lock."""

import math
import os
import time

from fastapi import FastAPI, HTTPException, Request, Response
from redis.asyncio import Redis

LIMIT, WINDOW_S = int(os.environ["LIMIT"]), int(os.environ["WINDOW_S"])
store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


def key_of(request: Request) -> str:
    key = request.headers.get("x-key")
    if key is None:
        raise HTTPException(400, "the header X-Key is missing")
    return key


async def ask(key: str) -> int:
    lock = store.lock(f"lock:{key}", timeout=5, blocking=False)
    if not await lock.acquire():
        return 1
    try:
        now = time.time()
        log = f"log:{key}"
        await store.zremrangebyscore(log, "-inf", now - WINDOW_S)
        if await store.zcard(log) < LIMIT:
            await store.zadd(log, {os.urandom(8): now})
            return 0
        (_, oldest), *_ = await store.zrange(log, 0, 0, withscores=True)
        return max(1, math.ceil(oldest + WINDOW_S - now))
    finally:
        await lock.release()


@app.get("/work")
async def work(request: Request) -> dict[str, str]:
    wait = await ask(key_of(request))
    await store.hincrby("metrics", "429" if wait else "200", 1)
    if wait:
        raise HTTPException(429, headers={"retry-after": str(wait)})
    return {"done": "yes"}


@app.get("/metrics")
async def metrics() -> Response:
    counted = await store.hgetall("metrics")
    lines = [
        f'work_total{{code="{c}"}} {int(counted.get(c.encode(), 0))}\n' for c in ("200", "429")
    ]
    return Response("".join(lines), media_type="text/plain")
