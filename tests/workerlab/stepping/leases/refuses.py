"""Stock that is sold behind a lock; a request that has lost its lock says so (409): right."""

import asyncio
import os
from uuid import uuid4

from fastapi import FastAPI, HTTPException
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
write = store.register_script("""
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('del', KEYS[1])
redis.call('set', KEYS[2], ARGV[2])
return 1
""")


@app.post("/sell")
async def sell():
    me = uuid4().hex
    while not await store.set("lock", me, nx=True, ex=10):
        await asyncio.sleep(0.01)
    left = int(await store.get("left") or 0) - 1
    if not await write(keys=["lock", "left"], args=[me, left]):
        raise HTTPException(409, "too late")
    return {"left": left}


@app.get("/left")
async def in_stock():
    return {"left": int(await store.get("left") or 0)}


@app.post("/restock")
async def restock():
    await store.set("left", 9)
    await store.delete("lock")
    return {}
