"""A number in Redis that is changed under a lock with a time limit.

Cut from https://github.com/nexspence/nexspence/issues/223 (2026-08-14): a holder whose time is over
goes on writing, and then deletes the lock of the next one.
"""

import asyncio
import os

import redis.asyncio as redis
from fastapi import FastAPI

app = FastAPI()
store = redis.from_url(os.environ["REDIS_URL"])


@app.post("/blobs")
async def add(size: int = 1):
    while not await store.set("lock:usage", "mine", nx=True, ex=10):
        await asyncio.sleep(0.01)
    try:
        used = int(await store.get("usage") or 0)
        await store.set("usage", used + size)
        return {"used": used + size}
    finally:
        await store.delete("lock:usage")


@app.get("/usage")
async def usage():
    return {"used": int(await store.get("usage") or 0)}
