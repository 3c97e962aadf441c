"""The address of Redis is written into the code."""

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url("redis://127.0.0.1:6379/0")
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
