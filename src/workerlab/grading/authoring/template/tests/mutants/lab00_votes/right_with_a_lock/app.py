"""A number in the file, read and written under a lock that goes with its holder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI

app = FastAPI()
PATH = os.environ["STATE_FILE"]


def read() -> int:
    if not os.path.exists(PATH):
        return 0
    with open(PATH) as file:
        return int(file.read() or 0)


def write(count: int) -> None:
    with open(PATH + f".{os.getpid()}", "w") as file:
        file.write(str(count))
    os.replace(PATH + f".{os.getpid()}", PATH)


@contextmanager
def alone() -> Iterator[None]:
    with open(PATH + ".lock", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@app.post("/increment")
def increment() -> dict[str, int]:
    with alone():
        count = read() + 1
        write(count)
        return {"count": count}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": read()}


@app.post("/reset")
def reset() -> dict[str, int]:
    with alone():
        write(0)
    return {"count": 0}
