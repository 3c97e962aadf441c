"""The shared number behind a lock of the operating system: `flock` on a file.

Each request opens the file anew, so that two threads of one worker exclude each
other as well. The lock ends when its file is closed, and the kernel closes the
files of a process that dies.
"""

import fcntl
import mmap
import os

from fastapi import FastAPI

app = FastAPI()
path = os.environ["STATE_FILE"]
with open(path, "r+b") as file:
    shared = memoryview(mmap.mmap(file.fileno(), 8)).cast("q")


@app.post("/increment")
def increment() -> dict[str, int]:
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
    with open(path) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shared[0] = 0
        return {"count": 0}
