"""One thing is left, and each client wants it. It looks first, and takes it afterwards."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.post("/buy")
async def buy() -> dict[str, int]:
    if int(await store.get("left") or 0) < 1:
        raise HTTPException(409, "sold out")
    return {"left": await store.decr("left")}


@app.get("/left")
async def left() -> dict[str, int]:
    return {"left": int(await store.get("left") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("left", 1)
    return {"left": 1}
