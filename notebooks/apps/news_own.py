"""News for listeners by WebSocket. Each worker knows its own listeners, and tells them."""

import os
from contextlib import suppress
from typing import Annotated

from fastapi import Body, FastAPI, WebSocket, WebSocketDisconnect

listeners: set[WebSocket] = set()
app = FastAPI()


async def tell(text: str) -> None:
    for listener in [*listeners]:
        with suppress(WebSocketDisconnect, RuntimeError):  # it is going
            await listener.send_text(text)


@app.post("/news")
async def post(text: Annotated[str, Body(embed=True)]) -> None:
    await tell(text)


@app.websocket("/news")
async def listen(listener: WebSocket) -> None:
    await listener.accept()
    listeners.add(listener)
    await listener.send_text(f"worker {os.getpid()} has you")
    async for _ in listener.iter_text():
        pass  # until it goes
    listeners.discard(listener)
