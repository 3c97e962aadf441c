"""Each worker keeps a copy and hears of changes by publish and subscribe: always a little late."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
copy = {"count": 0}


async def listen() -> None:
    async with store.pubsub() as channel:
        await channel.subscribe("count")
        copy["count"] = int(await store.get("count") or 0)
        async for message in channel.listen():
            if message["type"] == "message":
                copy["count"] = int(message["data"])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    task = asyncio.create_task(listen())
    yield
    task.cancel()
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.post("/increment")
async def increment() -> dict[str, int]:
    count = await store.incr("count")
    await store.publish("count", count)
    return {"count": count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": copy["count"]}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    await store.publish("count", 0)
    return {"count": 0}
