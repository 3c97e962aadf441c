"""One number for all workers: eight bytes of a file, mapped into each process.

`shared[0]` reads those bytes and `shared[0] = n` writes them. Every worker sees
them at once.
"""

import mmap
import os

from fastapi import FastAPI

app = FastAPI()
with open(os.environ["STATE_FILE"], "r+b") as file:
    shared = memoryview(mmap.mmap(file.fileno(), 8)).cast("q")


@app.post("/increment")
async def increment() -> dict[str, int]:
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
