"""A number in Redis that is changed under a lock with a time limit.

Cut from https://github.com/nexspence/nexspence/issues/223 (2026-08-14): a holder whose time is over
goes on. Here it writes, and gives the lock back, only while the lock has its own token.
"""

import asyncio
import os
import uuid

import redis.asyncio as redis
from fastapi import FastAPI, HTTPException

app = FastAPI()
store = redis.from_url(os.environ["REDIS_URL"])
WRITE_AND_RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
return redis.call('DEL', KEYS[1])
"""


@app.post("/blobs")
async def add(size: int = 1):
    token = uuid.uuid4().hex
    while not await store.set("lock:usage", token, nx=True, ex=10):
        await asyncio.sleep(0.01)
    used = int(await store.get("usage") or 0) + size
    if not await store.eval(WRITE_AND_RELEASE, 2, "lock:usage", "usage", token, used):
        raise HTTPException(409, "this took too long; please ask again")
    return {"used": used}


@app.get("/usage")
async def usage():
    return {"used": int(await store.get("usage") or 0)}
