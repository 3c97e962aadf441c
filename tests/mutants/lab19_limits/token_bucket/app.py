"""A bucket that fills up again: LIMIT at once, and more of them meanwhile."""

import math
import os
import time

from fastapi import FastAPI, HTTPException, Request, Response
from redis.asyncio import Redis

LIMIT, WINDOW_S = int(os.environ["LIMIT"]), int(os.environ["WINDOW_S"])
store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()

ASK = store.register_script("""
local clock = redis.call('TIME')
local now, limit = clock[1] + clock[2] / 1000000, tonumber(ARGV[1])
local rate = limit / ARGV[2]
local left = tonumber(redis.call('HGET', KEYS[1], 'left') or limit)
local last = tonumber(redis.call('HGET', KEYS[1], 'last') or now)
left = math.min(limit, left + (now - last) * rate)
local wait = 0
if left >= 1 then left = left - 1 else wait = math.max(1, math.ceil((1 - left) / rate)) end
redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left), 'last', string.format('%.6f', now))
return wait
""")


def key_of(request: Request) -> str:
    key = request.headers.get("x-key")
    if key is None:
        raise HTTPException(400, "the header X-Key is missing")
    return key


async def ask(key: str) -> int:
    return int(await ASK(keys=[f"log:{key}"], args=[LIMIT, WINDOW_S]))


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
