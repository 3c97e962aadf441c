"""One stream for all rooms, of which each worker keeps a copy."""

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


store = redis.Redis.from_url(URL, max_connections=200)
ADD = store.register_script("""
local n = redis.call('HINCRBY', 'counts', ARGV[1], 1)
redis.call('XADD', 'all', '*', 'r', ARGV[1], 'n', n, 't', ARGV[2])
return n
""")
rooms, news = {}, {}


async def read(stop):
    last = b"0-0"
    while not stop.is_set():
        got = await store.xread({"all": last}, count=500, block=300)
        for _, entries in got or []:
            for last, f in entries:
                room = f[b"r"].decode()
                rooms.setdefault(room, []).append(f[b"t"].decode())
                for ev in news.get(room, ()):
                    ev.set()


@asynccontextmanager
async def lifespan(_):
    stop = asyncio.Event()
    task = asyncio.create_task(read(stop))
    yield
    stop.set()
    await task
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.post("/rooms/{room}/messages", status_code=201)
async def post(room: str, request: Request):
    text = await text_of(request)
    return {"id": await ADD(args=[room, text.encode()])}


async def following(room, after):
    ev = asyncio.Event()
    news.setdefault(room, set()).add(ev)
    try:
        while True:
            ev.clear()
            have = rooms.get(room, [])
            while len(have) > after:
                after += 1
                yield after, have[after - 1]
                have = rooms.get(room, [])
            await ev.wait()
    finally:
        news[room].discard(ev)


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
