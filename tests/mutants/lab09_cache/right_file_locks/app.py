"""Locks on files between the workers of one server; the files are named by the store's address."""

import asyncio
import fcntl
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiocache import Cache
from fastapi import FastAPI
from slow_price import slow_price

TTL = int(os.environ["PRICE_TTL"])
URL = os.environ["CACHE_URL"]
PLACE = Path(tempfile.gettempdir()) / hashlib.sha256(URL.encode()).hexdigest()[:16]
PLACE.mkdir(exist_ok=True)

cache = Cache.from_url(f"{URL}?namespace=price")


@asynccontextmanager
async def locked(name: str) -> AsyncIterator[None]:
    """A lock that Linux takes from a worker that dies."""
    with open(PLACE / name, "w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(0.02)
        yield


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await cache.close()


app = FastAPI(lifespan=lifespan)


@app.get("/price/{item}")
async def price(item: str) -> dict:
    known = await cache.get(item)
    if known is None:
        async with locked(f"{item}.computing"):
            known = await cache.get(item) or await compute(item)
    return {"item": item, **known}


async def compute(item: str) -> dict:
    before = await cache.get(f"{item}:invalidated")
    known = {"price": await slow_price(item), "computed_by": os.getpid()}
    async with locked(f"{item}.keeping"):
        if await cache.get(f"{item}:invalidated") == before:
            await cache.set(item, known, ttl=TTL)
    return known


@app.post("/invalidate/{item}")
async def invalidate(item: str) -> dict[str, str]:
    async with locked(f"{item}.keeping"):
        await cache.set(f"{item}:invalidated", os.urandom(8).hex())
        await cache.delete(item)
    return {"item": item}
