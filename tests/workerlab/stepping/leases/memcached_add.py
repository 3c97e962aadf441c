"""Memcached's add as a lock that ends after ten seconds."""

import asyncio
import os

import aiomcache
from fastapi import FastAPI

port = int(os.environ["MEMCACHED_URL"].rpartition(":")[2])
store = aiomcache.Client("127.0.0.1", port)
app = FastAPI()


@app.post("/increment")
async def increment():
    while not await store.add(b"lock", b"taken", exptime=10):
        await asyncio.sleep(0.01)
    count = int(await store.get(b"count") or 0)
    await store.set(b"count", str(count + 1).encode())
    await store.delete(b"lock")
    return {"count": count + 1}


@app.get("/report")
async def report():
    return {"count": int(await store.get(b"count") or 0)}


@app.post("/reset")
async def reset():
    await store.delete(b"count")
    await store.delete(b"lock")
    return {"count": 0}
