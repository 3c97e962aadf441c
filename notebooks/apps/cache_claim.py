"""The same price, computed by whoever claims it; all the others look again."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiocache import Cache
from fastapi import FastAPI

CLAIMED = "somebody computes it"
cache = Cache.from_url(os.environ["CACHE_URL"])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await cache.close()


app = FastAPI(lifespan=lifespan)


async def slow_price() -> float:
    await asyncio.sleep(1)
    return random.random()  # never the same twice


async def claimed(item: str) -> bool:
    """Claim the item for four seconds at most; whether nobody else was faster."""
    try:
        return await cache.add(item, CLAIMED, ttl=4)
    except ValueError:  # the key is there: a claim, or even the price
        return False


@app.get("/price/{item}")
async def price(item: str) -> dict[str, float]:
    while (known := await cache.get(item)) in (None, CLAIMED):
        if known is None and await claimed(item):
            known = await slow_price()
            await cache.set(item, known, ttl=60)
            break
        await asyncio.sleep(0.02)
    return {"price": known}
