"""The shared number behind an `asyncio.Lock`. It looks safe."""

import asyncio
import mmap
import os

from fastapi import FastAPI

app = FastAPI()
lock = asyncio.Lock()
with open(os.environ["STATE_FILE"], "r+b") as file:
    shared = memoryview(mmap.mmap(file.fileno(), 8)).cast("q")


@app.post("/increment")
async def increment() -> dict[str, int]:
    async with lock:
        count = shared[0]
        shared[0] = count + 1
        return {"count": count + 1}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": shared[0]}


@app.post("/reset")
async def reset() -> dict[str, int]:
    shared[0] = 0
    return {"count": 0}
