"""A lock kept in Redis itself, held over the read and the write.

`timeout` is its time-to-live in seconds: then Redis drops the lock, whoever
holds it.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from redis.asyncio import Redis
from redis.asyncio.lock import Lock

LOCK_SECONDS = float(os.environ.get("LOCK_SECONDS", "5"))

store = Redis.from_url(os.environ["REDIS_URL"])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await store.aclose()


app = FastAPI(lifespan=lifespan)


def lock() -> Lock:
    return store.lock("count:lock", timeout=LOCK_SECONDS, sleep=0.005)


@app.post("/increment")
async def increment() -> dict[str, int]:
    async with lock():
        count = int(await store.get("count") or 0)
        await store.set("count", count + 1)
        return {"count": count + 1}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    async with lock():
        await store.set("count", 0)
        return {"count": 0}
