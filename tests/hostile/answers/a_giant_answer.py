"""Answers 100 MB of JSON.

Deserves: as wrong
"""

from fastapi import FastAPI, Response

app = FastAPI()

GIANT = b'{"count": 1, "more": "' + b"x" * 100_000_000 + b'"}'


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def giant(path: str) -> Response:
    return Response(GIANT, media_type="application/json")
