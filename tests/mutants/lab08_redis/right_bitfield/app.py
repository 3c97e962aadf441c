"""64 bits of a string: BITFIELD adds to them in one step."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    (count,) = await store.bitfield("count").incrby("i64", 0, 1).execute()
    return {"count": count}


@app.get("/report")
async def report() -> dict[str, int]:
    (count,) = await store.bitfield("count").get("i64", 0).execute()
    return {"count": count}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.bitfield("count").set("i64", 0, 0).execute()
    return {"count": 0}
