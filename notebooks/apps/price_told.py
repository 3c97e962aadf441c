"""Prices in Redis, remembered by lru_cache; who changes one tells all workers to clear it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Body, FastAPI
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.client import PubSub

store = Redis.from_url(os.environ["REDIS_URL"])
router = APIRouter()


@lru_cache
def price_of(item: str) -> float:
    price = float(store.get(f"price:{item}") or 0)
    return price * float(store.get("tax") or 1)


async def listen(news: PubSub) -> None:
    async for _ in news.listen():
        price_of.cache_clear()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with AsyncRedis.from_url(os.environ["REDIS_URL"]) as client, client.pubsub() as news:
        await news.subscribe("prices")
        listening = asyncio.create_task(listen(news))
        yield
        listening.cancel()


@router.get("/price/{item}")
def price(item: str) -> dict[str, float]:
    return {"price": price_of(item)}


@router.put("/price/{item}")
def change(item: str, price: Annotated[float, Body(embed=True)]) -> None:
    store.set(f"price:{item}", price)
    store.publish("prices", item)


app = FastAPI(lifespan=lifespan)
app.include_router(router)
