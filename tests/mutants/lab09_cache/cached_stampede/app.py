"""aiocache's own cure for stampedes, which lets the other workers compute as well."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from aiocache import Cache, cached_stampede
from fastapi import FastAPI
from slow_price import slow_price

place = urlsplit(os.environ["CACHE_URL"])


@cached_stampede(
    lease=4,
    ttl=int(os.environ["PRICE_TTL"]),
    key_builder=lambda f, item: f"price-{item}",
    cache=Cache.REDIS if place.scheme == "redis" else Cache.MEMCACHED,
    endpoint=place.hostname,
    port=place.port,
)
async def known_price(item: str) -> dict:
    return {"price": await slow_price(item), "computed_by": os.getpid()}


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await known_price.cache.close()


app = FastAPI(lifespan=lifespan)


@app.get("/price/{item}")
async def price(item: str) -> dict:
    return {"item": item, **await known_price(item)}


@app.post("/invalidate/{item}")
async def invalidate(item: str) -> dict[str, str]:
    await known_price.cache.delete(f"price-{item}")
    return {"item": item}
