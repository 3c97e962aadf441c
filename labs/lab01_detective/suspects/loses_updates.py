"""All workers count on one number, but time passes between the read and the write."""

import os

from fastapi import FastAPI
from shared import Number, work

app = FastAPI()
number = Number()


@app.post("/increment")
async def increment() -> dict[str, int]:
    count = number.read() + 1
    work()
    number.write(count)
    return {"count": count, "pid": os.getpid()}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": number.read(), "pid": os.getpid()}


@app.post("/reset")
async def reset() -> dict[str, int]:
    number.write(0)
    return {"count": 0, "pid": os.getpid()}
