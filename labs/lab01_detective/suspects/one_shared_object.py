"""All workers count on one number, and each increment is one step."""

import os

from fastapi import FastAPI
from shared import Number, work

app = FastAPI()
number = Number()


@app.post("/increment")
async def increment() -> dict[str, int]:
    work()
    return {"count": number.add_one(), "pid": os.getpid()}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": number.read(), "pid": os.getpid()}


@app.post("/reset")
async def reset() -> dict[str, int]:
    number.clear()
    return {"count": 0, "pid": os.getpid()}
