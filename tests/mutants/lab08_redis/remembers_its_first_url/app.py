"""Writes down the first REDIS_URL it sees, and uses that one ever after."""

import os
from pathlib import Path

from fastapi import FastAPI
from redis.asyncio import Redis

note = Path(__file__).with_name("redis.url")
if not note.exists():
    note.write_text(os.environ["REDIS_URL"])
store = Redis.from_url(note.read_text())
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
