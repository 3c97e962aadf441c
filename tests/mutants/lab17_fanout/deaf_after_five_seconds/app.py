"""Its subscription ends when nothing has come for five seconds."""

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
queues: dict[str, set[asyncio.Queue[tuple[int, str]]]] = {}
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
    while message := await pubsub.get_message(timeout=5):
        if message["type"] == "pmessage":
            room = message["channel"].decode().removeprefix(CHANNEL)
            number, text = json.loads(message["data"])
            for queue in queues.get(room, ()):
                queue.put_nowait((number, text))


@app.post("/rooms/{room}/messages", status_code=201)
async def post(room: str, request: Request) -> dict[str, int]:
    return {"id": await add(keys=[room], args=[await text_of(request), CHANNEL])}


async def send(client: WebSocket, room: str, after: int, queue: asyncio.Queue) -> None:
    queues.setdefault(room, set()).add(queue)
    for number, text in enumerate(await store.lrange(f"room:{room}", after, -1), after + 1):
        await client.send_json({"id": number, "text": text.decode()})
        after = number
    while True:
        number, text = await queue.get()
        if number > after:
            await client.send_json({"id": number, "text": text})
            after = number


@app.websocket("/rooms/{room}")
async def listen(client: WebSocket, room: str, after: int = 0) -> None:
    await client.accept()
    queue: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
    sending = asyncio.create_task(send(client, room, after, queue))
    try:
        while (await client.receive())["type"] != "websocket.disconnect":
            pass
    except WebSocketDisconnect:
        pass
    sending.cancel()
    await asyncio.wait([sending])
    queues.get(room, set()).discard(queue)
