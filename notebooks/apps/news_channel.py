"""News for listeners by WebSocket. A worker publishes them, and every worker tells its own."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated

from fastapi import APIRouter, Body, FastAPI, WebSocket, WebSocketDisconnect
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
listeners: set[WebSocket] = set()
router = APIRouter()


async def tell(news: PubSub) -> None:
    async for message in news.listen():
        for listener in [*listeners]:
            with suppress(WebSocketDisconnect, RuntimeError):  # it is going
                await listener.send_text(message["data"])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with store.pubsub(ignore_subscribe_messages=True) as news:
        await news.subscribe("news")
        telling = asyncio.create_task(tell(news))
        yield
        telling.cancel()
    await store.aclose()


@router.post("/news")
async def post(text: Annotated[str, Body(embed=True)]) -> None:
    await store.publish("news", text)


@router.websocket("/news")
async def listen(listener: WebSocket) -> None:
    await listener.accept()
    listeners.add(listener)
    await listener.send_text(f"worker {os.getpid()} has you")
    async for _ in listener.iter_text():
        pass  # until it goes
    listeners.discard(listener)


app = FastAPI(lifespan=lifespan)
app.include_router(router)
