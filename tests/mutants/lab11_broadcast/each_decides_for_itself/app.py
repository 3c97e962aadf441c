"""Wrong on purpose: who is asked applies its own value at once, and the others by message."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Body, FastAPI
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

ME = uuid4().hex
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
settings = {"value": None}


async def listen(news: PubSub) -> None:
    async for message in news.listen():
        if message["type"] == "message":
            told = json.loads(message["data"])
            if told["by"] != ME:
                settings["value"] = told["value"]
            await store.sadd(f"applied:{told['id']}", ME)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with store.pubsub() as news:
        await news.subscribe("news", f"worker:{ME}")
        settings["value"] = json.loads(await store.get("value") or "null")
        listening = asyncio.create_task(listen(news))
        yield
        listening.cancel()
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/settings")
async def read() -> dict[str, Any]:
    return settings


@app.put("/settings")
async def change(value: Annotated[Any, Body(embed=True)]) -> dict[str, int]:
    message = {"id": uuid4().hex, "by": ME, "value": value}
    settings["value"] = value
    await store.set("value", json.dumps(value))
    await store.publish("news", json.dumps(message))
    while True:
        applied = await store.smembers(f"applied:{message['id']}")
        living = {name.removeprefix("worker:") for name in await store.pubsub_channels("worker:*")}
        if living <= applied:
            return {"workers": len(living)}
        await asyncio.sleep(0.01)
