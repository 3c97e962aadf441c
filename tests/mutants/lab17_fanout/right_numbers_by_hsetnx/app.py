"""Numbers by HSETNX, tried one after the other, and clients that look ten times a second."""

import asyncio, json, os, re
from contextlib import asynccontextmanager, suppress
from fastapi import FastAPI, HTTPException, Request, Response, WebSocket, WebSocketDisconnect
import redis.asyncio as redis

LONGEST = 64 * 1024
URL = os.environ["REDIS_URL"]
ROOM = re.compile(r"[A-Za-z0-9-]{1,40}")


async def text_of(request):
    try:
        text = (await request.json())["text"]
        raw = text.encode()
    except (ValueError, TypeError, KeyError, AttributeError):
        raise HTTPException(422, "no text") from None
    if len(raw) > LONGEST:
        raise HTTPException(422, "too long")
    return text


async def until_gone(ws):
    while (await ws.receive())["type"] != "websocket.disconnect":
        pass


store = redis.Redis.from_url(URL, decode_responses=True, max_connections=1000)


@asynccontextmanager
async def lifespan(_):
    yield
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.post("/rooms/{room}/messages", status_code=201)
async def post(room: str, request: Request):
    text = await text_of(request)
    n = await store.hlen(f"m:{room}") + 1
    while not await store.hsetnx(f"m:{room}", n, text):
        n += 1
    return {"id": n}


async def following(room, after):
    while True:
        text = await store.hget(f"m:{room}", after + 1)
        if text is None:
            newest = await store.hlen(f"m:{room}")
            if newest > after:
                continue
            await asyncio.sleep(0.1)
            continue
        after += 1
        yield after, text


async def serve(ws, room, after):
    """Sends what comes, by `following`, until the client goes."""
    await ws.accept()

    async def send():
        async for n, text in following(room, after):
            await ws.send_json({"id": n, "text": text})

    gone, sending = asyncio.create_task(until_gone(ws)), asyncio.create_task(send())
    await asyncio.wait([gone, sending], return_when=asyncio.FIRST_COMPLETED)
    stopped.add(ws)
    sending.cancel()
    with suppress(BaseException):
        await asyncio.wait_for(sending, 3)
    if not gone.done():
        with suppress(Exception):
            await ws.close(1011)
        gone.cancel()
    stopped.discard(ws)


stopped = set()


@app.websocket("/rooms/{room}")
async def ws_room(ws: WebSocket, room: str, after: int = 0):
    await serve(ws, room, after)
