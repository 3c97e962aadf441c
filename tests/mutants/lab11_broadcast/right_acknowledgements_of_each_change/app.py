"""Right: the value is in the message, and each change has acknowledgements of its own."""

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
    redis.call('PUBLISH', ARGV[2], cjson.encode({version, ARGV[1]}))
    return version
""")


def apply(version: int, text: str) -> None:
    if version > settings["version"]:
        settings.update(version=version, value=json.loads(text))


async def listen(news: PubSub) -> None:
    async for message in news.listen():
        if message["type"] == "message":
            version, text = json.loads(message["data"])
            apply(version, text)
            async with store.pipeline() as both:
                both.sadd(f"{APPLIED}:{version}", ME).expire(f"{APPLIED}:{version}", 60)
                await both.execute()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with store.pubsub() as news:
        await news.subscribe(NEWS, WORKER + ME)
        version, text = await store.hmget("settings", "version", "value")
        if version:
            apply(int(version), text)
            await store.sadd(f"{APPLIED}:{version}", ME)
        listening = asyncio.create_task(listen(news))
        yield
        listening.cancel()
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/settings")
async def read() -> dict[str, Any]:
    return {"value": settings["value"]}


@app.put("/settings")
async def change(value: Annotated[Any, Body(embed=True)]) -> dict[str, int]:
    version = await write(keys=["settings"], args=[json.dumps(value), NEWS])
    while True:
        applied = await store.smembers(f"{APPLIED}:{version}")
        channels = await store.pubsub_channels(WORKER + "*")
        living = {channel.removeprefix(WORKER) for channel in channels}
        newest = await store.hget("settings", "version")
        if newest and int(newest) > version:  # a worker that starts now never hears of ours
            applied |= await store.smembers(f"{APPLIED}:{newest}")
        if living <= applied:
            return {"workers": len(living)}
        await asyncio.sleep(0.01)
