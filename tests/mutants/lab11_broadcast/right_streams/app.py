"""Right: a stream puts the values in order; each worker reads on from where it is."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Body, FastAPI
from redis.asyncio import Redis

ME = uuid4().hex
ALIVE_S = 2.0
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
settings = {"at": "0-0", "value": None}


def place(at: str) -> tuple[int, ...]:
    return tuple(map(int, at.split("-")))


async def apply(entries: list) -> None:
    for at, fields in entries:
        if place(at) > place(settings["at"]):
            settings.update(at=at, value=json.loads(fields["value"]))
    await tell()


async def tell() -> None:
    await store.hset("workers", ME, f"{settings['at']} {time.time()}")


async def follow() -> None:
    while True:
        for _, entries in await store.xread({"changes": settings["at"]}, block=1_000) or ():
            await apply(entries)


async def live() -> None:
    while True:
        await tell()
        await asyncio.sleep(0.3)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    await tell()
    await apply(await store.xrevrange("changes", count=1))
    tasks = [asyncio.create_task(follow()), asyncio.create_task(live())]
    yield
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await store.hdel("workers", ME)
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/settings")
async def read() -> dict[str, Any]:
    return {"value": settings["value"]}


@app.put("/settings")
async def change(value: Annotated[Any, Body(embed=True)]) -> dict[str, int]:
    mine = await store.xadd("changes", {"value": json.dumps(value)}, maxlen=100)
    while True:
        told = [text.split() for text in (await store.hgetall("workers")).values()]
        living = [at for at, seen in told if float(seen) > time.time() - ALIVE_S]
        if all(place(at) >= place(mine) for at in living):
            return {"workers": len(living)}
        await asyncio.sleep(0.02)
