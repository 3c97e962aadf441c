"""One pipeline object, used by all requests of a worker: they empty it for each other."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
pipe = store.pipeline()


@app.post("/increment")
async def increment() -> dict[str, int]:
    pipe.incr("count")
    answers = await pipe.execute()
    return {"count": answers[-1]}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    return {"count": 0}
