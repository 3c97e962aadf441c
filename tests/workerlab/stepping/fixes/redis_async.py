"""redis-py's asyncio client: get and set, INCR, Lua, WATCH with retry, a Redis lock."""

import os

import redis.asyncio as redis
from serving import serve

store = redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
script = store.register_script("return redis.call('INCRBY', KEYS[1], 1)")


async def report():
    return int(await store.get("count") or 0)


async def reset():
    await store.set("count", 0)
    return 0


async def racy():
    count = int(await store.get("count") or 0)
    await store.set("count", count + 1)
    return count + 1


async def incr():
    return await store.incr("count")


async def lua():
    return await script(keys=["count"])


async def watch():
    async with store.pipeline() as pipe:
        while True:
            try:
                await pipe.watch("count")
                count = int(await pipe.get("count") or 0)
                pipe.multi()
                pipe.set("count", count + 1)
                await pipe.execute()
                return count + 1
            except redis.WatchError:
                continue


async def lock():
    async with store.lock("counting", timeout=5, sleep=0.005):
        count = int(await store.get("count") or 0)
        await store.set("count", count + 1)
    return count + 1


app = serve(globals()[os.environ["FIX"]], report, reset)
