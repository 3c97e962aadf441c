"""Settings that each worker keeps: it reads them, and then subscribes. What comes between is missed."""

import asyncio
import os
from contextlib import asynccontextmanager

from fastapi import Body, FastAPI
from redis.asyncio import Redis

redis = Redis.from_url(os.environ["PLACE"], decode_responses=True)
SUBSCRIBE_FIRST = os.environ.get("SUBSCRIBE_FIRST") == "yes"
settings = {"value": None}


async def listen(messages) -> None:
    async for message in messages.listen():
        if message["type"] == "message":
            number, _, settings["value"] = message["data"].partition(" ")
            await redis.incr(f"applied:{number}")


@asynccontextmanager
async def lifespan(app: FastAPI):
    messages = redis.pubsub()
    if SUBSCRIBE_FIRST:
        await messages.subscribe("settings")
    settings["value"] = await redis.get("settings")
    if not SUBSCRIBE_FIRST:
        await messages.subscribe("settings")
    listening = asyncio.create_task(listen(messages))
    yield
    listening.cancel()


app = FastAPI(lifespan=lifespan)


@app.put("/settings")
async def put(value: str = Body(embed=True)):
    number = await redis.incr("number")
    await redis.set("settings", value)
    workers = await redis.publish("settings", f"{number} {value}")
    while int(await redis.get(f"applied:{number}") or 0) < workers:
        await asyncio.sleep(0.01)
    return {"value": value}


@app.get("/settings")
async def get():
    return settings
