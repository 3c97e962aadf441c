"""An object of two numbers in shared memory: how many seats are free, and how many are sold.

Eight bytes hold both, four for each. Together they are always ten.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI
from segment import opened

app = FastAPI()
memory = opened()
seats = memory.buf[:8].cast("i")
FREE, SOLD = 0, 1


@contextmanager
def alone() -> Iterator[None]:
    with open(os.environ["STATE_LOCK"], "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@app.post("/sell")
def sell() -> dict[str, int]:
    with alone():
        seats[FREE] = seats[FREE] - 1
        seats[SOLD] = seats[SOLD] + 1
        return {"free": seats[FREE], "sold": seats[SOLD]}


@app.get("/seats")
def report() -> dict[str, int]:
    return {"free": seats[FREE], "sold": seats[SOLD]}


@app.post("/reset")
def reset() -> dict[str, int]:
    with alone():
        seats[FREE], seats[SOLD] = 10, 0
        return {"free": 10, "sold": 0}
