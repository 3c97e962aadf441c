"""A window begins with its first request, and then begins anew."""

import math
import os
import time

from fastapi import FastAPI, HTTPException, Request, Response
from redis.asyncio import Redis

LIMIT, WINDOW_S = int(os.environ["LIMIT"]), int(os.environ["WINDOW_S"])
store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()

ASK = store.register_script("""
local used = tonumber(redis.call('GET', KEYS[1]) or 0)
if used >= tonumber(ARGV[1]) then
    return math.max(1, math.ceil(redis.call('PTTL', KEYS[1]) / 1000))
end
if redis.call('INCR', KEYS[1]) == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2] * 1000) end
return 0
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
