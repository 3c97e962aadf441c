"""Takes a place for a request, and gives it a moment when it is answered."""

import math
import os
import time

from fastapi import FastAPI, HTTPException, Request, Response
from redis.asyncio import Redis

LIMIT, WINDOW_S = int(os.environ["LIMIT"]), int(os.environ["WINDOW_S"])
store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()

TAKE = store.register_script("""
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], 1, string.format('%.6f', now - ARGV[2]))
if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[1]) then
    redis.call('ZADD', KEYS[1], 0, ARGV[3])
    return '0'
end
local oldest = redis.call('ZRANGEBYSCORE', KEYS[1], 1, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2] or now
return tostring(math.max(1, math.ceil(oldest + ARGV[2] - now)))
""")


def key_of(request: Request) -> str:
    key = request.headers.get("x-key")
    if key is None:
        raise HTTPException(400, "the header X-Key is missing")
    return key


async def ask(key: str) -> int:
    mine = os.urandom(8)
    wait = int(await TAKE(keys=[f"log:{key}"], args=[LIMIT, WINDOW_S, mine]))
    if not wait:
        await store.zadd(f"log:{key}", {mine: time.time()})
    return wait


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
