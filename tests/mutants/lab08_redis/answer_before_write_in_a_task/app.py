"""Numbers are given out by INCR, but what is reported is written by a task after the answer."""

import asyncio
import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
tasks: set[asyncio.Task] = set()


async def write_down(number: int) -> None:
    await store.sadd("counted", number)


@app.post("/increment")
async def increment() -> dict[str, int]:
    number = await store.incr("ticket")
    task = asyncio.create_task(write_down(number))
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return {"count": number}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": await store.scard("counted")}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.delete("ticket", "counted")
    return {"count": 0}
