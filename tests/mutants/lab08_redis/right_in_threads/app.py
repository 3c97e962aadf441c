"""The sync client, sent to other threads by hand; INCR and GET in one MULTI."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI
from redis import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
hands = ThreadPoolExecutor(4)


def add() -> int:
    with store.pipeline(transaction=True) as pipe:
        _, count = pipe.incr("count").get("count").execute()
    return int(count)


@app.post("/increment")
async def increment() -> dict[str, int]:
    loop = asyncio.get_running_loop()
    return {"count": await loop.run_in_executor(hands, add)}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await asyncio.to_thread(store.get, "count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await asyncio.to_thread(store.set, "count", 0)
    return {"count": 0}
