"""SETNX as a lock, in a loop: nobody deletes the key of a worker that was killed."""

import asyncio
import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


async def change(how) -> dict[str, int]:
    while not await store.setnx("taken", 1):
        await asyncio.sleep(0.005)
    try:
        count = how(int(await store.get("count") or 0))
        await store.set("count", count)
    finally:
        await store.delete("taken")
    return {"count": count}


@app.post("/increment")
async def increment() -> dict[str, int]:
    return await change(lambda count: count + 1)


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    return await change(lambda count: 0)
