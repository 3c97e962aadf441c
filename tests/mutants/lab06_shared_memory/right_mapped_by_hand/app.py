"""Right: a file in /dev/shm, mapped by hand; async endpoints that never await in the lock."""

import fcntl
import mmap
import os
import struct
from contextlib import asynccontextmanager, contextmanager

from fastapi import FastAPI

PATH = "/dev/shm/" + os.environ["STATE_NAME"]


@contextmanager
def alone():
    with open(os.environ["STATE_LOCK"], "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


file = open(PATH, "a+b")
file.truncate(8)
fcntl.flock(file, fcntl.LOCK_SH)  # held for as long as this worker lives
memory = mmap.mmap(file.fileno(), 8)


@asynccontextmanager
async def lifespan(app: FastAPI):
    yield
    with alone():
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(file, fcntl.LOCK_UN)
        else:  # nobody else has it: this was the last
            os.unlink(PATH)


app = FastAPI(lifespan=lifespan)


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
