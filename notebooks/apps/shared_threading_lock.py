"""The shared number behind a `threading.Lock`. It looks safe, too."""

import mmap
import os
import threading

from fastapi import FastAPI

app = FastAPI()
lock = threading.Lock()
with open(os.environ["STATE_FILE"], "r+b") as file:
    shared = memoryview(mmap.mmap(file.fileno(), 8)).cast("q")


@app.post("/increment")
def increment() -> dict[str, int]:
    with lock:
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
