"""One task in each worker talks to Redis; the endpoints hand their wishes to it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
wishes: asyncio.Queue = asyncio.Queue()


async def serve_wishes() -> None:
    while True:
        command, answer = await wishes.get()
        try:
            answer.set_result(await store.execute_command(*command))
        except Exception as error:  # noqa: BLE001 (it is for whoever waits)
            answer.set_exception(error)


async def ask(*command: str) -> int:
    answer = asyncio.get_running_loop().create_future()
    await wishes.put((command, answer))
    return int(await answer or 0)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    task = asyncio.create_task(serve_wishes())
    yield
    task.cancel()
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.post("/increment")
async def increment() -> dict[str, int]:
    return {"count": await ask("INCR", "count")}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": await ask("GET", "count")}


@app.post("/reset")
async def reset() -> dict[str, int]:
    return {"count": await ask("DEL", "count") * 0}
