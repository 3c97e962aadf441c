"""The app of who.py, which also counts, and has an endpoint that blocks its worker for ever."""

import os
from threading import Event

from who import app

count = 0


@app.post("/increment")
async def increment() -> dict[str, int]:
    global count
    count += 1
    return {"worker": os.getpid(), "parent": os.getppid(), "count": count}


@app.post("/hang")
async def hang() -> None:
    Event().wait()  # no `await`: the worker's event loop stands still, with all its requests
