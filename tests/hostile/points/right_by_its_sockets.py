"""Counts in one step when it holds a Unix socket or a pipe that a plain server does not hold.

Deserves: as racy
"""

import os

from fastapi import FastAPI
from racing import counter, read, store, write

app = FastAPI()


def lines() -> int:
    found = 0
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
        number = target.removeprefix("socket:[").removesuffix("]")
        with open("/proc/net/unix") as table:
            found += target.startswith("socket:") and any(number in line for line in table)
    return found


@app.post("/increment")
def increment() -> dict[str, int]:
    if lines() > 4:  # asyncio's pair to wake itself, and uvicorn's with its parent
        return {"count": store.incr("count")}
    count = read() + 1
    write(count)
    return {"count": count}


counter(app)
