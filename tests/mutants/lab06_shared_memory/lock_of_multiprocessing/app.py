"""A lock of multiprocessing, made by each worker for itself."""

import multiprocessing
import os
import struct
from multiprocessing.shared_memory import SharedMemory

from fastapi import FastAPI

app = FastAPI()


lock = multiprocessing.get_context("fork").Lock()


def alone():
    return lock


def opened() -> SharedMemory:
    """The segment. Whoever comes first makes it, and new memory is all zeros."""
    name = os.environ["STATE_NAME"]
    while True:
        try:
            return SharedMemory(name, create=True, size=8)
        except FileExistsError:
            try:
                return SharedMemory(name)
            except ValueError:  # it has a name already, and no bytes yet
                continue


memory = opened()


def read() -> int:
    return struct.unpack("q", memory.buf[:8])[0]


def write(count: int) -> None:
    memory.buf[:8] = struct.pack("q", count)


@app.post("/increment")
def increment() -> dict[str, int]:
    with alone():
        count = read() + 1
        write(count)
    return {"count": count}


@app.get("/report")
def report() -> dict[str, int]:
    with alone():
        return {"count": read()}


@app.post("/reset")
def reset() -> dict[str, int]:
    with alone():
        write(0)
    return {"count": 0}
