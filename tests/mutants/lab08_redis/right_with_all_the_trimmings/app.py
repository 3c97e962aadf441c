"""Middleware, a dependency with yield, a decorator, and a diary in a background task."""

import functools
import os
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import BackgroundTasks, Depends, FastAPI, Request, Response
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError

app = FastAPI()
app.state.redis = Redis.from_url(
    os.environ["REDIS_URL"],
    decode_responses=True,
    retry=Retry(ExponentialBackoff(), 3),
    retry_on_error=[ConnectionError],
)


@app.middleware("http")
async def timing(request: Request, call_next) -> Response:
    began = time.perf_counter()
    response = await call_next(request)
    response.headers["x-took"] = f"{time.perf_counter() - began:.6f}"
    return response


async def connection(request: Request) -> AsyncIterator[Redis]:
    async with request.app.state.redis.client() as one:
        yield one


Store = Annotated[Redis, Depends(connection)]


def counted(endpoint):
    @functools.wraps(endpoint)
    async def answer(*args, **kwargs) -> dict[str, int]:
        return {"count": int(await endpoint(*args, **kwargs) or 0)}

    return answer


@app.post("/increment")
@counted
async def increment(store: Store, tasks: BackgroundTasks):
    count = await store.incr("count")
    tasks.add_task(app.state.redis.lpush, "diary", f"counted {count}")
    return count


@app.get("/report")
@counted
async def report(store: Store):
    return await store.get("count")


@app.post("/reset")
@counted
async def reset(store: Store):
    await store.delete("count")
    return 0
