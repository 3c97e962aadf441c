"""The pool is made when the worker starts, and lives in app.state; SETNX gives a first value."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from redis.asyncio import ConnectionPool, Redis


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    pool = ConnectionPool.from_url(os.environ["REDIS_URL"], decode_responses=True)
    app.state.redis = Redis(connection_pool=pool)
    await app.state.redis.setnx("count", 0)
    yield
    await app.state.redis.aclose()
    await pool.aclose()


def redis(request: Request) -> Redis:
    return request.app.state.redis


Store = Annotated[Redis, Depends(redis)]
app = FastAPI(lifespan=lifespan)


@app.post("/increment")
async def increment(store: Store) -> dict:
    return {"count": await store.incrby("count", 1), "store": "redis"}


@app.get("/report")
async def report(store: Store) -> dict:
    return {"count": int(await store.get("count")), "store": "redis"}


@app.post("/reset")
async def reset(store: Store) -> dict:
    await store.mset({"count": 0})
    return {"count": 0, "store": "redis"}
