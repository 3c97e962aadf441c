"""One task of each worker sends to all its clients at once: a client that goes meanwhile ends it."""

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
redis.call('PUBLISH', ARGV[2], n)
return n
""")


class Client:
    def __init__(self, ws, room, after):
        self.ws, self.room, self.after, self.mutex, self.ended = (
            ws,
            room,
            after,
            asyncio.Lock(),
            asyncio.Event(),
        )

    async def catch_up(self):
        async with self.mutex:
            while texts := await store.lrange(f"r:{self.room}", self.after, self.after + 49):
                for text in texts:
                    async with asyncio.timeout(0.7):
                        await self.ws.send_json({"id": self.after + 1, "text": text})
                    self.after += 1

    async def catch_up_or_close(self):
        try:
            await self.catch_up()
        except TimeoutError:
            clients.discard(self)
            self.ended.set()
            with suppress(Exception):
                async with asyncio.timeout(0.3):
                    await self.ws.close(1013)


clients = set()


async def hear(stop):
    ps = store.pubsub()
    await ps.psubscribe(f"r:{DB}:*")
    while not stop.is_set():
        m = await ps.get_message(ignore_subscribe_messages=True, timeout=0.4)
        rooms = {m["channel"].split(":", 2)[2]} if m else {c.room for c in clients}
        await asyncio.gather(*[c.catch_up_or_close() for c in list(clients) if c.room in rooms])
    await ps.aclose()


@asynccontextmanager
async def lifespan(_):
    stop = asyncio.Event()
    task = asyncio.create_task(hear(stop))
    yield
    stop.set()
    await task
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.post("/rooms/{room}/messages", status_code=201)
async def post(room: str, request: Request):
    text = await text_of(request)
    return {"id": await ADD(keys=[f"r:{room}"], args=[text, f"r:{DB}:{room}"])}


@app.websocket("/rooms/{room}")
async def ws_room(ws: WebSocket, room: str, after: int = 0):
    await ws.accept()
    me = Client(ws, room, after)
    clients.add(me)
    first = asyncio.create_task(me.catch_up_or_close())
    gone = asyncio.create_task(until_gone(ws))
    await asyncio.wait(
        [gone, asyncio.create_task(me.ended.wait())], return_when=asyncio.FIRST_COMPLETED
    )
    gone.cancel()
    clients.discard(me)
    await first
