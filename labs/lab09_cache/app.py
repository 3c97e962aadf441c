"""Prices that are slow to compute, kept in a cache for all workers.

A burst of requests computes the same price many times, and an old price may come back
after it was invalidated: fix it.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiocache import Cache
from fastapi import FastAPI
from slow_price import slow_price

TTL = int(os.environ["PRICE_TTL"])  # seconds; Memcached takes whole ones only

cache = Cache.from_url(f"{os.environ['CACHE_URL']}?namespace=price")


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await cache.close()


app = FastAPI(lifespan=lifespan)


@app.get("/price/{item}")
async def price(item: str) -> dict:
    known = await cache.get(item)
    if known is None:
        known = {"price": await slow_price(item), "computed_by": os.getpid()}
        await cache.set(item, known, ttl=TTL)
    return {"item": item, **known}


@app.post("/invalidate/{item}")
async def invalidate(item: str) -> dict[str, str]:
    await cache.delete(item)
    return {"item": item}
