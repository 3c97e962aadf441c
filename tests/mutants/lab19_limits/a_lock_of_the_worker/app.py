"""A lock that its own worker may enter once more."""

import asyncio
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


OWN = store.register_script("""
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', 5000)
return 1
""")


async def ask(key: str) -> int:
    while not await OWN(keys=[f"lock:{key}"], args=[os.getpid()]):
        await asyncio.sleep(0.01)
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
        await store.delete(f"lock:{key}")


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
