"""News in a Redis stream, sent as server-sent events from the last one that the listener has."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Body, FastAPI, Header
from fastapi.responses import StreamingResponse
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.post("/news")
async def post(text: Annotated[str, Body(embed=True)]) -> None:
    await store.xadd("news", {"text": text})


@app.get("/news")
async def listen(last_event_id: Annotated[str, Header()] = "0") -> StreamingResponse:
    return StreamingResponse(events_after(last_event_id), media_type="text/event-stream")


async def events_after(last: str) -> AsyncIterator[str]:
    while True:
        for _, messages in await store.xread({"news": last}, block=1000):
            for last, message in messages:
                yield f"id: {last}\ndata: {json.dumps(message['text'])}\n\n"
        yield ": still here\n\n"
