"""Sync endpoints, and a client for each request: slower, and just as right."""

import asyncio
import os
import time
import uuid

from aiocache import Cache
from aiocache.lock import OptimisticLock, OptimisticLockError
from fastapi import FastAPI
from slow_price import slow_price

app = FastAPI()


def a_cache():
    return Cache.from_url(os.environ["CACHE_URL"])


async def look_or_compute(item: str) -> dict | None:
    claim = {"claim": str(uuid.uuid4())}
    async with a_cache() as cache:
        known = await cache.get(item)
        if known is not None:
            return known if "price" in known else None
        try:
            await cache.add(item, claim, ttl=5)
        except ValueError:
            return None
        async with OptimisticLock(cache, item) as entry:
            if await cache.get(item) != claim:
                return None
            known = {"price": await slow_price(item), "computed_by": os.getpid()}
            try:
                await entry.cas(known, ttl=int(os.environ["PRICE_TTL"]))
            except OptimisticLockError:
                pass
            return known


async def forget(item: str) -> None:
    async with a_cache() as cache:
        await cache.delete(item)


@app.get("/price/{item}")
def price(item: str) -> dict:
    while not (known := asyncio.run(look_or_compute(item))):
        time.sleep(0.05)
    return {"item": item, **known}


@app.post("/invalidate/{item}")
def invalidate(item: str) -> dict:
    asyncio.run(forget(item))
    return {"item": item}
