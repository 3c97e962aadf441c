"""Lobby and lobby are one room."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException, Request, WebSocket, WebSocketDisconnect
from redis.asyncio import Redis

LONGEST = 64 * 1024  # bytes of a text
WAIT_MS = 500  # a reader looks so often whether its client has gone
AT_ONCE = 100  # messages of one reply
ROOM = re.compile(r"[A-Za-z0-9-]{1,40}")

# Messages are never removed, so the length of the stream is the last number.
POST = """
local number = redis.call('XLEN', KEYS[1]) + 1
redis.call('XADD', KEYS[1], number .. '-0', 'text', ARGV[1])
return number
"""

store = Redis.from_url(os.environ["REDIS_URL"], max_connections=1000)
add = store.register_script(POST)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await store.aclose()


app = FastAPI(lifespan=lifespan)


async def text_of(request: Request) -> bytes:
    """The text of a message in UTF-8. Raises HTTPException for anything else."""
    try:
        text = (await request.json())["text"].encode()
    except (ValueError, TypeError, KeyError, AttributeError):
        raise HTTPException(422, 'the body must be {"text": a text}') from None
    if len(text) > LONGEST:
        raise HTTPException(422, f"a text has {LONGEST} bytes at most")
    return bytes(text)


@app.post("/rooms/{room}/messages", status_code=201)
async def post(room: str, request: Request) -> dict[str, int]:
    if not ROOM.fullmatch(room):
        raise HTTPException(422, "a room has 1 to 40 of A-Z, a-z, 0-9 and -")
    return {"id": await add(keys=[f"room:{room.lower()}"], args=[await text_of(request)])}


@app.websocket("/rooms/{room}")
async def listen(client: WebSocket, room: str, after: int = 0) -> None:
    await client.accept()
    gone = asyncio.create_task(until_it_goes(client))
    try:
        while not gone.done():
            for number, text in await messages_after(room, after):
                await client.send_json({"id": number, "text": text})
                after = number
    except (WebSocketDisconnect, RuntimeError):
        pass  # it has gone while we sent
    await gone


async def messages_after(room: str, number: int) -> list[tuple[int, str]]:
    """The next messages; none when there is none for half a second."""
    found = await store.xread({f"room:{room.lower()}": f"{number}-0"}, count=AT_ONCE, block=WAIT_MS)
    return [
        (int(name.partition(b"-")[0]), fields[b"text"].decode())
        for _, messages in found
        for name, fields in messages
    ]


async def until_it_goes(client: WebSocket) -> None:
    """Clients send nothing; this ends when the connection does, also when the server stops."""
    message = await client.receive()
    while message["type"] != "websocket.disconnect":
        message = await client.receive()
