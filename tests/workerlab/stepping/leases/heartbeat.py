"""A lock that its holder extends while it works: wrong, since a worker that stands still extends nothing."""

import asyncio
import os

from fastapi import FastAPI
from redis.asyncio import Redis
from redis.exceptions import LockError

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


async def extend(lock):
    while True:
        await asyncio.sleep(0.5)
        await lock.extend(2, replace_ttl=True)


@app.post("/increment")
async def increment():
    lock = store.lock("lock", timeout=2)
    await lock.acquire()
    beating = asyncio.create_task(extend(lock))
    count = int(await store.get("count") or 0)
    await store.set("count", count + 1)
    beating.cancel()
    try:
        await lock.release()
    except LockError:
        pass
    return {"count": count + 1}


@app.get("/report")
async def report():
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset():
    await store.delete("count", "lock")
    return {"count": 0}
