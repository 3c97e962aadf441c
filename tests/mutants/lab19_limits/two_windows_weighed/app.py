"""Weighs the last window of the clock with the part of it that still counts."""

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
    now = time.time()
    number, part = int(now // WINDOW_S), now % WINDOW_S / WINDOW_S
    last = int(await store.get(f"count:{number - 1}:{key}") or 0)
    this = int(await store.get(f"count:{number}:{key}") or 0)
    if last * (1 - part) + this >= LIMIT:
        return max(1, math.ceil(WINDOW_S * (1 - part)))
    await store.incr(f"count:{number}:{key}")
    return 0


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
