"""One claim at a time, and whoever computes stores the price, whatever has happened meanwhile."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiocache import Cache
from fastapi import FastAPI
from slow_price import slow_price

TTL = int(os.environ["PRICE_TTL"])  # seconds; Memcached takes whole ones only
CLAIM_S = 3
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
        if known is not None:
            return {"item": item, **known}
        if await claimed(item):
            break
        await asyncio.sleep(LOOK_S)
    try:
        known = await cache.get(item)
        if known is not None:
            return {"item": item, **known}
        known = {"price": await slow_price(item), "computed_by": os.getpid()}
        await cache.set(item, known, ttl=TTL)
    finally:
        await cache.delete(f"{item}:claim")
    return {"item": item, **known}


async def claimed(item: str) -> bool:
    try:
        return await cache.add(f"{item}:claim", os.getpid(), ttl=CLAIM_S)
    except ValueError:
        return False


@app.post("/invalidate/{item}")
async def invalidate(item: str) -> dict[str, str]:
    await cache.delete(item)
    return {"item": item}
