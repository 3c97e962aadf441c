"""Answers with a redirect: to itself for ever, or to a file.

Deserves: as wrong
"""

import itertools

from fastapi import FastAPI, Response

app = FastAPI()

PLACES = itertools.cycle(["/increment", "http://127.0.0.1:1/", "file:///etc/passwd"])


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def lead(path: str) -> Response:
    return Response(status_code=307, headers={"Location": next(PLACES)})
