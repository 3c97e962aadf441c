"""Answers a byte a second, for ever: no single read waits long.

Deserves: as wrong
"""

import asyncio

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()


async def drip():
    yield b'{"count": '
    while True:
        await asyncio.sleep(1)
        yield b" "


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def slow(path: str) -> StreamingResponse:
    return StreamingResponse(drip(), media_type="application/json")
