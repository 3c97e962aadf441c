"""A claim beside each price, and a generation in every key: an invalidation begins a new one.

A late price is stored under the old generation, where nobody looks any more.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiocache import Cache
from fastapi import FastAPI
from slow_price import slow_price

TTL = int(os.environ["PRICE_TTL"])  # seconds; Memcached takes whole ones only
CLAIM_S = 4

cache = Cache.from_url(f"{os.environ['CACHE_URL']}?namespace=price")


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await cache.close()


app = FastAPI(lifespan=lifespan)


@app.get("/price/{item}")
async def price(item: str) -> dict:
    while True:
        key = f"{item}:{await cache.get(f'{item}:generation', default=0)}"
        known = await cache.get(key) or await compute(item, key)
        if known:
            return {"item": item, **known}
        await asyncio.sleep(0.03)


async def compute(item: str, key: str) -> dict | None:
    """Compute under the claim of this generation; None if another worker has it."""
    try:
        await cache.add(f"{key}:claim", 1, ttl=CLAIM_S)
    except ValueError:
        return None
    known = await cache.get(key)  # it may have come while we were on our way to the claim
    if known is None:
        known = {"price": await slow_price(item), "computed_by": os.getpid()}
        await cache.set(key, known, ttl=TTL)
    await cache.delete(f"{key}:claim")
    return known


@app.post("/invalidate/{item}")
async def invalidate(item: str) -> dict[str, str]:
    await cache.set(f"{item}:generation", time.time_ns())
    return {"item": item}
