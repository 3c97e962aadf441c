"""A chat, and everybody in it listens by WebSocket.

Cut from https://github.com/fastapi/fastapi/issues/4199 (2021-11-22): with several workers a message
reaches only those whose connection is at the worker that got it.
"""

from fastapi import Body, FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


class ConnectionManager:
    def __init__(self) -> None:
        self.active: list[WebSocket] = []

    async def connect(self, websocket: WebSocket) -> None:
        await websocket.accept()
        self.active.append(websocket)

    async def broadcast(self, text: str) -> None:
        for websocket in self.active:
            await websocket.send_text(text)


manager = ConnectionManager()


@app.websocket("/ws")
async def listen(websocket: WebSocket):
    await manager.connect(websocket)
    try:
        while True:
            await manager.broadcast(await websocket.receive_text())
    except WebSocketDisconnect:
        manager.active.remove(websocket)


@app.post("/messages", status_code=201)
async def say(text: str = Body(embed=True)):
    await manager.broadcast(text)
    return {"said": text}
