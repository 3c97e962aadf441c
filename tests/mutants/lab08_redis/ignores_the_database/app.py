"""Takes host and port from REDIS_URL, and always uses database 0."""

import os
from urllib.parse import urlsplit

from fastapi import FastAPI
from redis.asyncio import Redis

url = urlsplit(os.environ["REDIS_URL"])
store = Redis(host=url.hostname, port=url.port)
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
