"""Answers a count of a million digits, of infinity, or of nothing that is a number.

Deserves: as wrong
"""

import itertools

from fastapi import FastAPI, Response

app = FastAPI()

ANSWERS = itertools.cycle([b"9" * 1_000_000, b"1e999", b"NaN", b"-0.0", b"true", b"9" * 4000])


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def huge(path: str) -> Response:
    return Response(b'{"count": ' + next(ANSWERS) + b"}", media_type="application/json")
