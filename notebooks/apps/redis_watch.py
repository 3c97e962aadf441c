"""Optimistic: WATCH, write in MULTI/EXEC, start again if somebody was faster."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from redis.asyncio import Redis
from redis.exceptions import WatchError

store = Redis.from_url(os.environ["REDIS_URL"])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.post("/increment")
async def increment() -> dict[str, int]:
    async with store.pipeline() as pipe:
        while True:
            try:
                await pipe.watch("count")
                count = int(await pipe.get("count") or 0)
                pipe.multi()
                pipe.set("count", count + 1)
                await pipe.execute()
                return {"count": count + 1}
            except WatchError:
                continue


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    return {"count": 0}
