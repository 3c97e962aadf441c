"""Wrong on purpose: the number is taken in one step, and the value is kept in another."""

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

NEWS, APPLIED, WORKER = "settings:news", "settings:applied", "settings:worker:"
ME = uuid4().hex

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
settings = {"version": 0, "value": None}


async def obey(text: str | None) -> None:
    version, value = json.loads(text) if text else (0, None)
    if version > settings["version"]:
        settings.update(version=version, value=value)
    await store.hset(APPLIED, ME, settings["version"])


async def listen(news: PubSub) -> None:
    async for message in news.listen():
        if message["type"] == "message":
            await obey(message["data"])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with store.pubsub() as news:
        await news.subscribe(NEWS, WORKER + ME)
        await obey(await store.get("settings:kept"))
        listening = asyncio.create_task(listen(news))
        yield
        listening.cancel()
    await store.hdel(APPLIED, ME)
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/settings")
async def read() -> dict[str, Any]:
    return {"value": settings["value"]}


@app.put("/settings")
async def change(value: Annotated[Any, Body(embed=True)]) -> dict[str, int]:
    version = await store.incr("settings:version")
    text = json.dumps([version, value])
    await store.set("settings:kept", text)
    await store.publish(NEWS, text)
    while True:
        applied = await store.hgetall(APPLIED)
        channels = await store.pubsub_channels(WORKER + "*")
        living = {channel.removeprefix(WORKER) for channel in channels}
        if all(int(applied.get(worker, 0)) >= version for worker in living):
            return {"workers": len(living)}
        await asyncio.sleep(0.01)
