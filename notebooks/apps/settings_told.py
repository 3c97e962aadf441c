"""Settings that each worker keeps: it tells when it has applied them, and the PUT waits for that."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Body, FastAPI
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
memory: dict[str, Any] = {"value": None}
router = APIRouter()


async def look() -> None:
    memory["value"] = json.loads(await store.get("value") or "null")


async def listen(news: PubSub) -> None:
    async for message in news.listen():
        if message["type"] == "message":
            await look()
            await store.incr(f"applied:{message['data']}")


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with store.pubsub() as news:
        await news.subscribe("settings")
        await look()
        listening = asyncio.create_task(listen(news))
        yield
        listening.cancel()
    await store.aclose()


@router.get("/settings")
async def read() -> dict[str, Any]:
    return memory


@router.put("/settings")
async def change(value: Annotated[Any, Body(embed=True)]) -> dict[str, int]:
    await store.set("value", json.dumps(value))
    number = await store.incr("number")
    workers = await store.publish("settings", number)
    while int(await store.get(f"applied:{number}") or 0) < workers:
        await asyncio.sleep(0.01)
    return {"workers": workers}


app = FastAPI(lifespan=lifespan)
app.include_router(router)
