"""A lock, and a write that is done only if the count is the one that was read: right."""

import os

from fastapi import FastAPI, HTTPException
from redis.asyncio import Redis
from redis.exceptions import LockNotOwnedError, WatchError

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment():
    lock = store.lock("lock", timeout=10)
    await lock.acquire()
    try:
        async with store.pipeline() as pipe:
            await pipe.watch("count")
            count = int(await pipe.get("count") or 0) + 1
            pipe.multi()
            pipe.set("count", count)
            await pipe.execute()
    except WatchError:
        raise HTTPException(409, "another was faster") from None
    finally:
        try:
            await lock.release()
        except LockNotOwnedError:
            pass
    return {"count": count}


@app.get("/report")
async def report():
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset():
    await store.delete("count", "lock")
    return {"count": 0}
