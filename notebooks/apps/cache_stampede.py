"""The same price, behind aiocache's own cure for stampedes."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from aiocache import Cache, cached_stampede
from fastapi import FastAPI

place = urlsplit(os.environ["CACHE_URL"])


@cached_stampede(lease=4, ttl=60, cache=Cache.REDIS, endpoint=place.hostname, port=place.port)
async def slow_price(item: str) -> float:
    await asyncio.sleep(1)
    return random.random()  # never the same twice


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await slow_price.cache.close()


app = FastAPI(lifespan=lifespan)


@app.get("/price/{item}")
async def price(item: str) -> dict[str, float]:
    return {"price": await slow_price(item)}
