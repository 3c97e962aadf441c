"""Whoever can make the lock file has the lock; nobody takes it from the dead."""

import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.shared_memory import SharedMemory

from fastapi import FastAPI

app = FastAPI()


@contextmanager
def alone() -> Iterator[None]:
    path = os.environ["STATE_LOCK"]
    while True:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL))
            break
        except FileExistsError:
            time.sleep(0.005)
    try:
        yield
    finally:
        os.unlink(path)


def opened() -> SharedMemory:
    """The segment. Whoever comes first makes it, and new memory is all zeros."""
    name = os.environ["STATE_NAME"]
    while True:
        try:
            return SharedMemory(name, create=True, size=8)
        except FileExistsError:
            with suppress(ValueError):  # it has a name already, and no bytes yet
                return SharedMemory(name)


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
