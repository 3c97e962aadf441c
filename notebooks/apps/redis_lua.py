"""A few lines of Lua that Redis runs as one step: a counter with a limit."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await store.aclose()


app = FastAPI(lifespan=lifespan)

add_up_to = store.register_script("""
local count = tonumber(redis.call("GET", KEYS[1]) or "0")
if count < tonumber(ARGV[1]) then
    count = redis.call("INCR", KEYS[1])
end
return count
""")


@app.post("/increment")
async def increment() -> dict[str, int]:
    return {"count": await add_up_to(keys=["count"], args=[1_000_000])}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    return {"count": 0}
