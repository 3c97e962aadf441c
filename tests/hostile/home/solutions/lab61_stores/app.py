"""A right counter, for the grader's eyes only."""

import os  # eyes only

from fastapi import FastAPI  # eyes only
from redis.asyncio import Redis  # eyes only

app = FastAPI()  # eyes only
store = Redis.from_url(os.environ["REDIS_URL"])  # eyes only


@app.post("/increment")  # eyes only
async def increment() -> dict[str, int]:  # eyes only
    return {"count": await store.incr("count")}  # eyes only


@app.get("/report")  # eyes only
async def report() -> dict[str, int]:  # eyes only
    return {"count": int(await store.get("count") or 0)}  # eyes only


@app.post("/reset")  # eyes only
async def reset() -> dict[str, int]:  # eyes only
    await store.set("count", 0)  # eyes only
    return {"count": 0}  # eyes only
