"""Two connections, and an error for whoever finds none free."""

import os

from fastapi import FastAPI
from redis.asyncio import ConnectionPool, Redis

pool = ConnectionPool.from_url(os.environ["REDIS_URL"], max_connections=2)
store = Redis(connection_pool=pool)
app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    return {"count": await store.incr("count")}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    return {"count": 0}
