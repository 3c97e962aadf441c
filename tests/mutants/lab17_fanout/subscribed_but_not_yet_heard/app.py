"""Does not wait until the store has heard of a subscription."""

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


store = redis.Redis.from_url(URL, decode_responses=True, max_connections=500)
DB = store.connection_pool.connection_kwargs.get("db", 0)
ADD = store.register_script("""
local n = redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('PUBLISH', ARGV[2], cjson.encode({n, ARGV[1]}))
return n
""")
queues = {}
ps = store.pubsub(ignore_subscribe_messages=True)


async def hear(stop):
    await ps.subscribe(f"news/{DB}/")
    while not stop.is_set():
        m = await ps.get_message(timeout=0.5)
        if m and m["type"] == "message":
            n, text = json.loads(m["data"])
            for q in list(queues.get(m["channel"].split("/", 2)[2], ())):
                q.put_nowait((n, text))


@asynccontextmanager
async def lifespan(_):
    stop = asyncio.Event()
    task = asyncio.create_task(hear(stop))
    yield
    stop.set()
    await task
    await ps.aclose()
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.post("/rooms/{room}/messages", status_code=201)
async def post(room: str, request: Request):
    text = await text_of(request)
    return {"id": await ADD(keys=[f"l:{room}"], args=[text, f"news/{DB}/{room}"])}


async def following(room, after):
    q = asyncio.Queue()
    queues.setdefault(room, set()).add(q)
    await ps.subscribe(f"news/{DB}/{room}")
    try:
        for text in await store.lrange(f"l:{room}", after, -1):
            after += 1
            yield after, text
        while True:
            n, text = await q.get()
            if n > after:
                after = n
                yield n, text
    finally:
        queues[room].discard(q)
        if not queues[room]:
            await ps.unsubscribe(f"news/{DB}/{room}")


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
