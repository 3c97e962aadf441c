"""Answers as fast as it can, for ever (10 GB at most).

Deserves: as wrong
"""

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()


async def pour():
    for _ in range(10_000):
        yield b" " * 1_000_000


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def endless(path: str) -> StreamingResponse:
    return StreamingResponse(pour(), media_type="application/json")
