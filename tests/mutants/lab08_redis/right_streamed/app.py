"""Right: the response is streamed piece by piece, through a pure ASGI middleware."""

import os
from contextlib import asynccontextmanager

from fastapi import FastAPI, WebSocket
from fastapi.responses import StreamingResponse
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])


@asynccontextmanager
async def lifespan(_):
    yield
    await store.aclose()


app = FastAPI(lifespan=lifespan)


def streamed(count):
    async def pieces():
        for piece in ('{"count":', str(count), "}"):
            yield piece

    return StreamingResponse(pieces(), media_type="application/json")


@app.post("/increment")
async def increment():
    return streamed(await store.incr("count"))


@app.get("/report")
async def report():
    return streamed(int(await store.get("count") or 0))


@app.post("/reset")
async def reset():
    await store.set("count", 0)
    return streamed(0)


@app.websocket("/live")
async def live(socket: WebSocket):
    """Nobody asks for it here; it must harm nobody."""
    await socket.accept()
    await socket.send_json({"count": int(await store.get("count") or 0)})
    await socket.close()


class Stamp:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def stamped(message):
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-stamp", b"1")]
            await send(message)

        await self.app(scope, receive, stamped)


app.add_middleware(Stamp)
