"""Calls of each key, counted by a middleware of a mounted app.

Cut from https://github.com/fastapi/fastapi/issues/2092 (2020-09-25): each request would read the
counts, and write them back. Here it adds a line.
"""

import json
from collections import Counter
from pathlib import Path

from fastapi import FastAPI, Request

FILE = Path("calls.json")
api = FastAPI()
app = FastAPI()


def calls():
    lines = FILE.read_text().splitlines() if FILE.exists() else []
    return Counter(map(json.loads, lines))


@api.middleware("http")
async def count(request: Request, call_next):
    response = await call_next(request)
    key = request.headers.get("x-api-key", "anyone")
    with open(FILE, "a") as file:
        file.write(json.dumps(key) + "\n")
    return response


@api.get("/echo")
async def echo(text: str = "hi"):
    return {"echo": text}


@app.get("/calls")
async def show():
    return calls()


app.mount("/api", api)
