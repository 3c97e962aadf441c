"""Keeps each price for three seconds, whatever PRICE_TTL says."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiocache import Cache
from aiocache.lock import OptimisticLock, OptimisticLockError
from fastapi import FastAPI
from slow_price import slow_price

TTL = 3
CLAIM_S = 3  # how long the others wait for a worker that computes; it may be dead
LOOK_S = 0.02

cache = Cache.from_url(f"{os.environ['CACHE_URL']}?namespace=price")


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await cache.close()


app = FastAPI(lifespan=lifespan)


@app.get("/price/{item}")
async def price(item: str) -> dict:
    while True:
        known = await cache.get(item)
        if known is None:
            known = await compute(item)
        if known and "price" in known:
            return {"item": item, **known}
        await asyncio.sleep(LOOK_S)


async def compute(item: str) -> dict | None:
    """Claim the item and compute its price; None if somebody else has the claim."""
    claim = {"claim": uuid.uuid4().hex}
    try:
        await cache.add(item, claim, ttl=CLAIM_S)
    except ValueError:  # it exists already
        return None
    async with OptimisticLock(cache, item) as entry:
        if await cache.get(item) != claim:  # invalidated between the two
            return None
        known = {"price": await slow_price(item), "computed_by": os.getpid()}
        with suppress(OptimisticLockError):  # invalidated meanwhile: too old to keep
            await entry.cas(known, ttl=TTL)
        return known


@app.post("/invalidate/{item}")
async def invalidate(item: str) -> dict[str, str]:
    await cache.delete(item)
    return {"item": item}
