"""A letter that the service sends when it starts. It says so once, and each worker does it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])


async def send_the_letter() -> None:
    await store.rpush("letters", "we are open")


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    await send_the_letter()
    yield
    await store.aclose()


app = FastAPI(lifespan=lifespan)
