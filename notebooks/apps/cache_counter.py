"""The question's object, kept by aiocache in whatever place CACHE_URL names."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiocache import Cache
from fastapi import FastAPI

cache = Cache.from_url(os.environ["CACHE_URL"])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await cache.close()


app = FastAPI(lifespan=lifespan)


@app.post("/increment")
async def increment() -> dict[str, int]:
    return {"count": await cache.increment("count")}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await cache.get("count", default=0))}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await cache.delete("count")
    return {"count": 0}
