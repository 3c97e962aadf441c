"""Jobs in a Redis list. Who takes one notes it in a second list, so that it is not forgotten."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
app = FastAPI()


@app.post("/next")
async def take() -> dict[str, str | None]:
    job = await store.lindex("jobs", 0)
    if job:
        await store.lrem("jobs", 1, job)
        await store.rpush("under way", job)
    return {"job": job}


@app.get("/report")
async def report() -> dict[str, list[str]]:
    async with store.pipeline() as both:  # in one step
        both.lrange("jobs", 0, -1)
        both.lrange("under way", 0, -1)
        waiting, under_way = await both.execute()
    return {"waiting": waiting, "under way": under_way}


@app.post("/reset")
async def reset() -> None:
    await store.delete("jobs", "under way")
    await store.rpush("jobs", "tea", "milk")
