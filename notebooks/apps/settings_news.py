"""Settings that each worker keeps, and hears of by message. The PUT waits for nobody."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Body, FastAPI
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
memory: dict[str, Any] = {"value": None}


async def listen(news: PubSub) -> None:
    async for message in news.listen():
        if message["type"] == "message":
            memory["value"] = json.loads(message["data"])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with store.pubsub() as news:
        await news.subscribe("settings")
        listening = asyncio.create_task(listen(news))
        yield
        listening.cancel()
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/settings")
async def read() -> dict[str, Any]:
    return memory


@app.put("/settings")
async def change(value: Annotated[Any, Body(embed=True)]) -> dict[str, int]:
    return {"workers": await store.publish("settings", json.dumps(value))}
