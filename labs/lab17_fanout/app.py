"""Rooms with messages. Each worker tells its own clients, and numbers its own messages: fix it."""

from typing import Annotated

from fastapi import FastAPI, Path, WebSocket, WebSocketDisconnect
from pydantic import BaseModel

Room = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,40}$")]

app = FastAPI()
messages: dict[str, list[str]] = {}
clients: dict[str, list[WebSocket]] = {}


class Message(BaseModel):
    text: str


@app.post("/rooms/{room}/messages", status_code=201)
async def post(room: Room, message: Message) -> dict[str, int]:
    sent = messages.setdefault(room, [])
    sent.append(message.text)
    for client in clients.get(room, []):
        await client.send_json({"id": len(sent), "text": message.text})
    return {"id": len(sent)}


@app.websocket("/rooms/{room}")
async def listen(client: WebSocket, room: str, after: int = 0) -> None:
    await client.accept()
    for number, text in enumerate(messages.get(room, []), 1):
        if number > after:
            await client.send_json({"id": number, "text": text})
    clients.setdefault(room, []).append(client)
    try:
        await client.receive()
    except WebSocketDisconnect:
        pass
    clients[room].remove(client)
