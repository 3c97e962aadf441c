"""Answers JSON that is nested a million times.

Deserves: as wrong
"""

from fastapi import FastAPI, Response

app = FastAPI()

DEEP = b"[" * 1_000_000


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def deep(path: str) -> Response:
    return Response(DEEP, media_type="application/json")
