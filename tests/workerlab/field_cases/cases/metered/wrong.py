"""Calls of each key, counted by a middleware of a mounted app.

Cut from https://github.com/fastapi/fastapi/issues/2092 (2020-09-25): each request reads the counts,
and writes them all back.
"""

import json
from pathlib import Path

from fastapi import FastAPI, Request

FILE = Path("calls.json")
api = FastAPI()
app = FastAPI()


def calls():
    return json.loads(FILE.read_text()) if FILE.exists() else {}


@api.middleware("http")
async def count(request: Request, call_next):
    response = await call_next(request)
    known = calls()
    key = request.headers.get("x-api-key", "anyone")
    known[key] = known.get(key, 0) + 1
    FILE.write_text(json.dumps(known))
    return response


@api.get("/echo")
async def echo(text: str = "hi"):
    return {"echo": text}


@app.get("/calls")
async def show():
    return calls()


app.mount("/api", api)
