"""A number that all workers share, and a line that sets it to zero.

The line runs when this file is imported: in each worker, each time one starts.
"""

import mmap
import os

from fastapi import FastAPI

app = FastAPI()
with open(os.environ["STATE_FILE"], "r+b") as file:
    shared = memoryview(mmap.mmap(file.fileno(), 8)).cast("q")
shared[0] = 0


@app.post("/increment")
async def increment() -> dict[str, int]:
    shared[0] += 1
    return {"count": shared[0]}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": shared[0]}
