"""Read, add, and a script that writes only if the count is still the one that was read."""

import asyncio
import os
import random

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
swap = store.register_script("""
if (redis.call("GET", KEYS[1]) or "0") ~= ARGV[1] then
    return 0
end
redis.call("SET", KEYS[1], ARGV[2])
return 1
""")


@app.post("/increment")
async def increment() -> dict[str, int]:
    while True:
        count = int(await store.get("count") or 0)
        if await swap(keys=["count"], args=[count, count + 1]):
            return {"count": count + 1}
        await asyncio.sleep(random.uniform(0, 0.01))


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    return {"count": 0}
