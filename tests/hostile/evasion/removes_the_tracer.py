"""Takes the trace function away before it reads and writes, so that nothing can come between.

Deserves: as racy
"""

import sys
import threading

from fastapi import FastAPI
from racing import read, write

app = FastAPI()
threading.settrace(None)


@app.post("/increment")
def increment() -> dict[str, int]:
    try:
        sys.settrace(None)
    except RuntimeError:
        pass
    count = read() + 1
    write(count)
    return {"count": count}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": read()}


@app.post("/reset")
def reset() -> dict[str, int]:
    write(0)
    return {"count": 0}
