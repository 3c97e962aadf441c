"""Right: signs of life that run out, PUBLISH with the value in it, and acknowledgements."""

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
BEAT_S, LIFE_MS = 0.4, 2200
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
settings = {"version": 0, "value": None}


def apply(text: str | None) -> None:
    told = json.loads(text or "{}")
    if told.get("version", 0) > settings["version"]:
        settings.update(told)


async def beat() -> None:
    while True:
        await store.set(f"alive:{ME}", settings["version"], px=LIFE_MS)
        await asyncio.sleep(BEAT_S)


async def listen(news: PubSub) -> None:
    async for message in news.listen():
        if message["type"] == "message":
            apply(message["data"])
            await store.set(f"alive:{ME}", settings["version"], px=LIFE_MS)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with store.pubsub() as news:
        await news.subscribe("news")
        await store.set(f"alive:{ME}", 0, px=LIFE_MS)
        apply(await store.get("settings"))
        await store.set(f"alive:{ME}", settings["version"], px=LIFE_MS)
        tasks = [asyncio.create_task(beat()), asyncio.create_task(listen(news))]
        yield
        for task in tasks:
            task.cancel()
    await store.delete(f"alive:{ME}")
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/settings")
async def read() -> dict[str, Any]:
    return {"value": settings["value"]}


@app.put("/settings")
async def change(value: Annotated[Any, Body(embed=True)]) -> dict[str, int]:
    async with store.lock("writing", timeout=5, sleep=0.01):
        version = await store.incr("version")
        text = json.dumps({"version": version, "value": value})
        await store.set("settings", text)
    await store.publish("news", text)
    while True:
        names = await store.keys("alive:*")
        versions = [int(told) for told in await store.mget(names) if told is not None]
        if all(told >= version for told in versions):
            return {"workers": len(versions)}
        await asyncio.sleep(0.02)
