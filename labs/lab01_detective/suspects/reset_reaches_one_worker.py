"""All workers count on one number, and each remembers for itself where a reset has put zero."""

import os

from fastapi import FastAPI
from shared import Number, work

app = FastAPI()
number = Number()
zero = 0


@app.post("/increment")
async def increment() -> dict[str, int]:
    work()
    return {"count": number.add_one() - zero, "pid": os.getpid()}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": number.read() - zero, "pid": os.getpid()}


@app.post("/reset")
async def reset() -> dict[str, int]:
    global zero
    zero = number.read()
    return {"count": 0, "pid": os.getpid()}
