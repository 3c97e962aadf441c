"""Settings that no worker keeps: each GET asks Redis."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Body, FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/settings")
async def read() -> dict[str, Any]:
    return {"value": json.loads(await store.get("value") or "null")}


@app.put("/settings")
async def change(value: Annotated[Any, Body(embed=True)]) -> dict[str, str]:
    await store.set("value", json.dumps(value))
    return {"applied": "everywhere"}
