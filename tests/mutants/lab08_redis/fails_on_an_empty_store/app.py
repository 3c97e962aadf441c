"""int(None): the report fails as long as nobody has counted."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    return {"count": await store.incr("count")}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count"))}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.delete("count")
    return {"count": 0}
