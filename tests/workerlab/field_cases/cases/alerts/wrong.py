"""Alerts of a store as server-sent events.

Cut from https://github.com/kugel-masa/kugelpos-backend/issues/105 (2026-04-17): with four workers three
of four alerts do not arrive. Each worker knows only the queues of its own clients.
"""

import asyncio

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()
queues: set[asyncio.Queue] = set()


@app.get("/alerts")
async def alerts():
    queue: asyncio.Queue = asyncio.Queue()
    queues.add(queue)

    async def stream():
        try:
            while True:
                yield f"event: alert\ndata: {await queue.get()}\n\n"
        finally:
            queues.discard(queue)

    return StreamingResponse(stream(), media_type="text/event-stream")


@app.post("/stock/{item}")
async def change(item: str, left: int):
    if left < 5:
        for queue in queues:
            queue.put_nowait(f'{{"item": "{item}", "left": {left}}}')
    return {"item": item, "left": left}
