"""A lock that gives each holder a number, and a store that refuses all but the newest holder: right."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
write = store.register_script("""
if redis.call('get', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[2])
return 1
""")


@app.post("/increment")
async def increment():
    while True:
        async with store.lock("lock", timeout=10, raise_on_release_error=False):
            token = await store.incr("token")
            count = int(await store.get("count") or 0) + 1
            if await write(keys=["count", "token"], args=[token, count]):
                return {"count": count}


@app.get("/report")
async def report():
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset():
    await store.delete("count", "lock")
    return {"count": 0}
