"""One lock object for all requests of a worker: whoever waits overwrites the holder's token."""

import asyncio
import os
import uuid

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
app = FastAPI()


class Lock:
    token = ""

    async def __aenter__(self) -> None:
        self.token = uuid.uuid4().hex
        while not await store.set("count:lock", self.token, nx=True, px=1000):
            await asyncio.sleep(0.01)

    async def __aexit__(self, *_: object) -> None:
        if await store.get("count:lock") != self.token:
            raise RuntimeError("somebody else holds this lock")
        await store.delete("count:lock")


lock = Lock()


@app.post("/increment")
async def increment() -> dict[str, int]:
    async with lock:
        count = int(await store.get("count") or 0) + 1
        await store.set("count", count)
        return {"count": count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    async with lock:
        await store.set("count", 0)
        return {"count": 0}
