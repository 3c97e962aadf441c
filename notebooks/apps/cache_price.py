"""A price that is slow to compute, kept for a minute: look, compute, store."""

import asyncio
import os
import random
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


async def slow_price() -> float:
    await asyncio.sleep(1)
    return random.random()  # never the same twice


@app.get("/price/{item}")
async def price(item: str) -> dict[str, float]:
    known = await cache.get(item)
    if known is None:
        known = await slow_price()
        await cache.set(item, known, ttl=60)
    return {"price": known}
