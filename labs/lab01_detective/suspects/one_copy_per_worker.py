"""Each worker counts in its own memory."""

import os

from fastapi import FastAPI
from shared import work

app = FastAPI()
count = 0


@app.post("/increment")
async def increment() -> dict[str, int]:
    global count
    work()
    count += 1
    return {"count": count, "pid": os.getpid()}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": count, "pid": os.getpid()}


@app.post("/reset")
async def reset() -> dict[str, int]:
    global count
    count = 0
    return {"count": 0, "pid": os.getpid()}
