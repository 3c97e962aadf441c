"""A lock in Redis with a fencing token: a holder that comes too late is refused.

The token is a number that grows with each holder. The script writes only if
no newer holder has come, so the count is right whenever the lock runs out.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from redis.asyncio import Redis
from redis.asyncio.lock import Lock

LOCK_SECONDS = float(os.environ.get("LOCK_SECONDS", "5"))

store = Redis.from_url(os.environ["REDIS_URL"])
write_if_newest = store.register_script("""
    if redis.call('GET', KEYS[2]) ~= ARGV[1] then
        return 0
    end
    redis.call('SET', KEYS[1], ARGV[2])
    return 1
""")


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await store.aclose()


app = FastAPI(lifespan=lifespan)


def lock() -> Lock:
    # A lock that has run out cannot be released, and that is no error here.
    name, options = "count:lock", {"sleep": 0.005, "raise_on_release_error": False}
    return store.lock(name, timeout=LOCK_SECONDS, **options)


@app.post("/increment")
async def increment() -> dict[str, int]:
    while True:
        async with lock():
            token = await store.incr("count:token")
            count = int(await store.get("count") or 0) + 1
            if await write_if_newest(["count", "count:token"], [token, count]):
                return {"count": count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    while True:
        async with lock():
            token = await store.incr("count:token")
            if await write_if_newest(["count", "count:token"], [token, 0]):
                return {"count": 0}
