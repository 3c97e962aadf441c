"""A Lua script: Redis runs it as one step."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
add = store.register_script("""
local count = tonumber(redis.call("GET", KEYS[1]) or "0") + 1
redis.call("SET", KEYS[1], count)
return count
""")


@app.post("/increment")
async def increment() -> dict[str, int]:
    return {"count": await add(keys=["count"])}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    return {"count": 0}
