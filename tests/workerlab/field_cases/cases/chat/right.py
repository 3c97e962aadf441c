"""A chat, and everybody in it listens by WebSocket.

Cut from https://github.com/fastapi/fastapi/issues/4199 (2021-11-22). A message goes to Redis, and each
worker hands on to its own clients what it hears from there.
"""

import asyncio
import os
from contextlib import asynccontextmanager

import redis.asyncio as redis
from fastapi import Body, FastAPI, WebSocket, WebSocketDisconnect

store = redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
active: list[WebSocket] = []


async def hand_on(channel: redis.client.PubSub) -> None:
    async for message in channel.listen():
        if message["type"] == "message":
            for websocket in [*active]:
                await websocket.send_text(message["data"])


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with store.pubsub() as channel:
        await channel.subscribe("chat")
        task = asyncio.create_task(hand_on(channel))
        yield
        task.cancel()


app = FastAPI(lifespan=lifespan)


@app.websocket("/ws")
async def listen(websocket: WebSocket):
    await websocket.accept()
    active.append(websocket)
    try:
        while True:
            await store.publish("chat", await websocket.receive_text())
    except WebSocketDisconnect:
        active.remove(websocket)


@app.post("/messages", status_code=201)
async def say(text: str = Body(embed=True)):
    await store.publish("chat", text)
    return {"said": text}
