"""Wrong on purpose: a worker says that it has applied a value, and not which."""

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

# The newer version and its value belong together, so one step writes both, and tells everybody.
write = store.register_script("""
    local version = redis.call('HINCRBY', KEYS[1], 'version', 1)
    redis.call('HSET', KEYS[1], 'value', ARGV[1])
    redis.call('PUBLISH', ARGV[2], version)
    return version
""")


async def obey() -> None:
    """Apply what Redis has, and only then say so."""
    version, value = await store.hmget("settings", "version", "value")
    if version and int(version) > settings["version"]:
        settings.update(version=int(version), value=json.loads(value))


async def listen(news: PubSub) -> None:
    async for message in news.listen():
        if message["type"] == "message":
            await obey()
            await store.sadd(APPLIED, ME)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with store.pubsub() as news:
        await news.subscribe(NEWS, WORKER + ME)
        await obey()  # after the subscription: what comes from now on is heard
        listening = asyncio.create_task(listen(news))
        yield
        listening.cancel()
    await store.srem(APPLIED, ME)
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/settings")
async def read() -> dict[str, Any]:
    return {"value": settings["value"]}


@app.put("/settings")
async def change(value: Annotated[Any, Body(embed=True)]) -> dict[str, int]:
    await store.delete(APPLIED)
    await write(keys=["settings"], args=[json.dumps(value), NEWS])
    while True:
        applied = await store.smembers(APPLIED)
        channels = await store.pubsub_channels(WORKER + "*")
        living = {channel.removeprefix(WORKER) for channel in channels}
        if living <= applied:
            return {"workers": len(living)}
        await asyncio.sleep(0.01)
