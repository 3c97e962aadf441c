"""Settings that each worker keeps with the number of their change; a GET asks only for that number."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Body, FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
memory: dict[str, Any] = {"number": None, "value": None}


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/settings")
async def read() -> dict[str, Any]:
    number = await store.get("number")
    if number != memory["number"]:
        memory["value"] = json.loads(await store.get("value") or "null")
        memory["number"] = number
    return {"value": memory["value"]}


@app.put("/settings")
async def change(value: Annotated[Any, Body(embed=True)]) -> dict[str, Any]:
    await store.incr("number")
    await store.set("value", json.dumps(value))
    return {"value": value}
