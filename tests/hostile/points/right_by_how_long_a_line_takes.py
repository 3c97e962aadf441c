"""Counts in one step when its own lines run slowly, as lines with a gate before each do.

Deserves: as racy
"""

import time

from fastapi import FastAPI
from racing import counter, read, store, write

app = FastAPI()


@app.post("/increment")
def increment() -> dict[str, int]:
    began = time.perf_counter()
    one = 1
    two = one + 1
    three = two + 1
    if time.perf_counter() - began > 0.0002 * three / 3:
        return {"count": store.incr("count")}
    count = read() + 1
    write(count)
    return {"count": count}


counter(app)
