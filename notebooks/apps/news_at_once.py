"""News by a channel again, in a hurry: who listens at the worker that gets them need not wait for Redis."""

from typing import Annotated

from fastapi import APIRouter, Body, FastAPI, WebSocket
from news_channel import lifespan, listeners, store

router = APIRouter()


@router.post("/news")
async def post(text: Annotated[str, Body(embed=True)]) -> None:
    for listener in [*listeners]:
        await listener.send_text(text)
    await store.publish("news", text)


@router.websocket("/news")
async def listen(listener: WebSocket) -> None:
    await listener.accept()
    listeners.add(listener)
    async for _ in listener.iter_text():
        pass  # until it goes
    listeners.discard(listener)


app = FastAPI(lifespan=lifespan)
app.include_router(router)
