"""Right, and no attack: a counter behind a plain ASGI middleware that adds a header.

Lab: lab08_redis
Deserves: 10 points
"""

import os
from contextlib import asynccontextmanager

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])


@asynccontextmanager
async def lifespan(_):
    yield
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.post("/increment")
async def increment():
    return {"count": await store.incr("count")}


@app.get("/report")
async def report():
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset():
    await store.set("count", 0)
    return {"count": 0}


class Stamp:
    """As Starlette's own documentation shows it."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def stamped(message):
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-stamp", b"1")]
            await send(message)

        await self.app(scope, receive, stamped)


app.add_middleware(Stamp)
