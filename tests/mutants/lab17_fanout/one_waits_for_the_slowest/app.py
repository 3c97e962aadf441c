"""Sends to one client after the other, and waits for each."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException, Request, WebSocket, WebSocketDisconnect
from redis.asyncio import Redis

LONGEST = 64 * 1024
DB = int(os.environ["REDIS_URL"].rpartition("/")[2] or 0)

POST = """
local number = redis.call('RPUSH', 'room:' .. KEYS[1], ARGV[1])
redis.call('PUBLISH', ARGV[2] .. KEYS[1], cjson.encode({number, ARGV[1]}))
return number
"""

store = Redis.from_url(os.environ["REDIS_URL"], max_connections=1000)
add = store.register_script(POST)
clients: dict[str, dict[WebSocket, int]] = {}
CHANNEL = f"messages:{DB}:"


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    pubsub = store.pubsub()
    await pubsub.psubscribe(f"{CHANNEL}*")
    task = asyncio.create_task(tell(pubsub))
    yield
    task.cancel()
    await asyncio.wait([task])
    await pubsub.aclose()
    await store.aclose()


app = FastAPI(lifespan=lifespan)


async def text_of(request: Request) -> str:
    try:
        text = (await request.json())["text"]
        length = len(text.encode())
    except (ValueError, TypeError, KeyError, AttributeError):
        raise HTTPException(422, 'the body must be {"text": a text}') from None
    if length > LONGEST:
        raise HTTPException(422, "a text has 64 KiB at most")
    return str(text)


async def tell(pubsub) -> None:
    while True:
        message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=1)
        if message:
            room = message["channel"].decode().removeprefix(CHANNEL)
            for client in list(clients.get(room, ())):
                try:
                    await bring(client, room)
                except (WebSocketDisconnect, RuntimeError):
                    clients[room].pop(client, None)


async def bring(client: WebSocket, room: str) -> None:
    after = clients[room][client]
    for text in await store.lrange(f"room:{room}", after, -1):
        after += 1
        if clients[room].get(client, after) < after:
            clients[room][client] = after
            await client.send_json({"id": after, "text": text.decode()})


@app.post("/rooms/{room}/messages", status_code=201)
async def post(room: str, request: Request) -> dict[str, int]:
    return {"id": await add(keys=[room], args=[await text_of(request), CHANNEL])}


@app.websocket("/rooms/{room}")
async def listen(client: WebSocket, room: str, after: int = 0) -> None:
    await client.accept()
    clients.setdefault(room, {})[client] = after
    try:
        await bring(client, room)
        while (await client.receive())["type"] != "websocket.disconnect":
            pass
    except (WebSocketDisconnect, RuntimeError):
        pass
    clients[room].pop(client, None)
