"""Right: a task for each message, and each applies only what is newer than what the worker has."""

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
tasks: set[asyncio.Task] = set()

# The newer version and its value belong together, so one step writes both, and tells everybody.
write = store.register_script("""
    local version = redis.call('HINCRBY', KEYS[1], 'version', 1)
    redis.call('HSET', KEYS[1], 'value', ARGV[1])
    redis.call('PUBLISH', ARGV[2], version)
    return version
""")


async def obey() -> None:
    """Apply what Redis has, and only then say so."""
    newest, value = await store.hmget("settings", "version", "value")
    if newest and int(newest) > settings["version"]:
        settings.update(version=int(newest), value=json.loads(value))
    await store.zadd(APPLIED, {ME: settings["version"]}, gt=True)  # never back


async def listen(news: PubSub) -> None:
    async for message in news.listen():
        if message["type"] == "message":
            task = asyncio.create_task(obey())
            tasks.add(task)
            task.add_done_callback(tasks.discard)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with store.pubsub() as news:
        await news.subscribe(NEWS, WORKER + ME)
        await obey()
        listening = asyncio.create_task(listen(news))
        yield
        listening.cancel()
    await store.zrem(APPLIED, ME)
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/settings")
async def read() -> dict[str, Any]:
    return {"value": settings["value"]}


@app.put("/settings")
async def change(value: Annotated[Any, Body(embed=True)]) -> dict[str, int]:
    version = await write(keys=["settings"], args=[json.dumps(value), NEWS])
    while True:
        applied = dict(await store.zrange(APPLIED, 0, -1, withscores=True))
        channels = await store.pubsub_channels(WORKER + "*")
        living = {channel.removeprefix(WORKER) for channel in channels}
        if all(int(applied.get(worker, 0)) >= version for worker in living):
            return {"workers": len(living)}
        await asyncio.sleep(0.01)
