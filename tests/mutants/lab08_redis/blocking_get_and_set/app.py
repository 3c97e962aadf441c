"""The sync client in async endpoints: no await in between, and so safe in one worker only."""

import os

from fastapi import FastAPI
from redis import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    count = int(store.get("count") or 0) + 1
    store.set("count", count)
    return {"count": count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    store.set("count", 0)
    return {"count": 0}
