"""Memcached's lock again, and a write that is only done if nobody has written meanwhile: right."""

import os

import aiomcache
from fastapi import FastAPI

port = int(os.environ["MEMCACHED_URL"].rpartition(":")[2])
store = aiomcache.Client("127.0.0.1", port)
app = FastAPI()


@app.post("/increment")
async def increment():
    while True:
        if not await store.add(b"lock", b"taken", exptime=10):
            continue
        value, token = await store.gets(b"count")
        count = int(value or 0) + 1
        done = await store.cas(b"count", str(count).encode(), token)
        await store.delete(b"lock")
        if done:
            return {"count": count}


@app.get("/report")
async def report():
    return {"count": int(await store.get(b"count") or 0)}


@app.post("/reset")
async def reset():
    await store.set(b"count", b"0")
    await store.delete(b"lock")
    return {"count": 0}
