"""Endpoints that lose on Redis, each in a way of its own."""

import os

import redis.asyncio as redis
from aiocache import Cache
from aiocache.serializers import JsonSerializer
from fastapi import FastAPI

store = redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
port = int(os.environ["REDIS_URL"].rpartition(":")[2].partition("/")[0])
cache = Cache(Cache.REDIS, endpoint="127.0.0.1", port=port, serializer=JsonSerializer())
app = FastAPI()
TTL = 3600
ADD = "return redis.call('SET', KEYS[1], ARGV[1])"


@app.post("/reset")
async def reset():
    await store.flushdb()
    return {}


@app.get("/left")
async def left():
    return {key: str(await value(key)) for key in sorted(await store.keys())}


async def value(key):
    kind = await store.type(key)
    return await (store.hgetall(key) if kind == "hash" else store.get(key))


@app.post("/get_set")
async def get_set():
    count = int(await store.get("count") or 0)
    await store.set("count", count + 1)
    return {"count": count + 1}


@app.post("/incr_get")
async def incr_get():
    await store.incr("count")
    return {"count": int(await store.get("count"))}


@app.post("/seat")
async def seat(name: str):
    if await store.hget("seats", "1A"):
        return {"taken": True}
    await store.hset("seats", "1A", name)
    return {"taken": False}


@app.post("/cached")
async def cached():
    known = await cache.get("lamp")
    item = (known or 0) + 1
    await cache.set("lamp", item, ttl=TTL)
    return {"item": item}


@app.post("/script")
async def script():
    count = int(await store.get("count") or 0)
    await store.eval(ADD, 1, "count", count + 1)
    return {"count": count + 1}


@app.post("/transaction")
async def transaction():
    count = int(await store.get("count") or 0)
    async with store.pipeline(transaction=True) as both:
        both.set("count", count + 1)
        both.incrby("writes", 2)
        await both.execute()
    return {"count": count + 1}


@app.post("/pop")
async def pop():
    old = await store.getset("last", "x")
    await store.delete("last")
    return {"old": old}


@app.post("/together")
async def together():
    import asyncio

    one, other = await asyncio.gather(store.get("one"), store.get("other"))
    await store.mset({"one": int(one or 0) + 1, "other": int(other or 0) + 1})
    return {"one": one}
