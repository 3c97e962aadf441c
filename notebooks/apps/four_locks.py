"""One number for all workers, and each endpoint guards it with a lock of another kind."""

import asyncio
import fcntl
import mmap
import multiprocessing
import os
import threading

from fastapi import FastAPI

app = FastAPI()
path = os.environ["STATE_FILE"]
with open(path, "r+b") as file:
    shared = memoryview(mmap.mmap(file.fileno(), 8)).cast("q")

for_tasks = asyncio.Lock()
for_threads = threading.Lock()
for_processes = multiprocessing.Lock()


@app.post("/asyncio")
async def with_asyncio() -> dict[str, int]:
    async with for_tasks:
        count = shared[0]
        await asyncio.sleep(0)
        shared[0] = count + 1
        return {"count": count + 1}


@app.post("/threading")
def with_threading() -> dict[str, int]:
    with for_threads:
        count = shared[0]
        shared[0] = count + 1
        return {"count": count + 1}


@app.post("/multiprocessing")
def with_multiprocessing() -> dict[str, int]:
    with for_processes:
        count = shared[0]
        shared[0] = count + 1
        return {"count": count + 1}


@app.post("/file")
def with_a_file() -> dict[str, int]:
    with open(path) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        count = shared[0]
        shared[0] = count + 1
        return {"count": count + 1}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": shared[0]}


@app.post("/reset")
def reset() -> dict[str, int]:
    shared[0] = 0
    return {"count": 0}
