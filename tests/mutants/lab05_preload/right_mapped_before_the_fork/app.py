"""Right: a page mapped before the fork, a flock, and async endpoints without an await in it."""

import fcntl
import mmap
import os
import struct
import tempfile
from contextlib import contextmanager

from fastapi import FastAPI

app = FastAPI()
memory = mmap.mmap(-1, mmap.PAGESIZE)
path = os.path.join(tempfile.mkdtemp(), "lock")


@contextmanager
def alone():
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@app.post("/increment")
async def increment():
    with alone():
        (count,) = struct.unpack("q", memory[:8])
        memory[:8] = struct.pack("q", count + 1)
    return {"count": count + 1}


@app.get("/report")
async def report():
    with alone():
        return {"count": struct.unpack("q", memory[:8])[0]}


@app.post("/reset")
async def reset():
    with alone():
        memory[:8] = bytes(8)
    return {"count": 0}
