"""A library of functions in the store, which every worker loads as it starts."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException, Request, Response
from redis.asyncio import Redis

LIMIT, WINDOW_S = int(os.environ["LIMIT"]), int(os.environ["WINDOW_S"])
CODES = ("200", "429")

# Lua's `..` writes 14 digits of a number, and a moment in microseconds has 16: hence string.format.
ASK = """#!lua name=limits
local function ask(KEYS, ARGV)
local log, metrics = KEYS[1], KEYS[2]
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000000
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local oldest = redis.call('LINDEX', log, 0)
while oldest and tonumber(oldest) <= now - window do
    redis.call('LPOP', log)
    oldest = redis.call('LINDEX', log, 0)
end
if redis.call('LLEN', log) < limit then
    redis.call('RPUSH', log, string.format('%.0f', now))
    redis.call('PEXPIRE', log, ARGV[2] * 1000 + 1000)
    redis.call('HINCRBY', metrics, '200', 1)
    return 0
end
redis.call('HINCRBY', metrics, '429', 1)
return math.max(1, math.ceil((oldest + window - now) / 1000000))
end
redis.register_function('ask', ask)
"""

store = Redis.from_url(os.environ["REDIS_URL"])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    await store.function_load(ASK, replace=True)
    yield
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/work")
async def work(request: Request) -> dict[str, str]:
    key = request.headers.get("x-key")
    if key is None:
        raise HTTPException(400, "the header X-Key is missing")
    log = b"log:" + key.encode("latin-1")  # as HTTP has it: the bytes that were sent
    wait = await store.fcall("ask", 2, log, "metrics", LIMIT, WINDOW_S)
    if wait:
        raise HTTPException(429, headers={"retry-after": str(wait)})
    return {"done": "yes"}


@app.get("/metrics")
async def metrics() -> Response:
    counted = await store.hmget("metrics", CODES)
    lines = [
        f'work_total{{code="{code}"}} {int(number or 0)}\n'
        for code, number in zip(CODES, counted, strict=True)
    ]
    return Response("".join(lines), media_type="text/plain")
