"""Endpoints that lose on Memcached."""

import os

import aiomcache
from fastapi import FastAPI

port = int(os.environ["MEMCACHED_URL"].rpartition(":")[2])
store = aiomcache.Client("127.0.0.1", port)
app = FastAPI()


@app.post("/reset")
async def reset():
    await store.flush_all()
    return {}


@app.get("/left")
async def left():
    return {"count": str(await store.get(b"count"))}


@app.post("/get_set")
async def get_set():
    count = int(await store.get(b"count") or 0)
    await store.set(b"count", str(count + 1).encode(), exptime=3600)
    return {"count": count + 1}


@app.post("/incr_get")
async def incr_get():
    await store.add(b"count", b"0")
    await store.incr(b"count", 1)
    return {"count": int(await store.get(b"count"))}
