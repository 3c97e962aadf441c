"""Counts in one step when requests come slowly, one after the other, as a search sends them.

Deserves: as racy
"""

import time

from fastapi import FastAPI
from racing import counter, read, store, write

app = FastAPI()


@app.post("/increment")
def increment() -> dict[str, int]:
    now = time.time()
    before = float(store.getset("last", now) or 0)
    if not 0 < now - before < 0.004:
        return {"count": store.incr("count")}
    count = read() + 1
    write(count)
    return {"count": count}


counter(app)
