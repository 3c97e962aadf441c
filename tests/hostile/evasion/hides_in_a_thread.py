"""Counts in a thread that was there before any request, where nobody is held.

Deserves: as racy
"""

import queue
import threading

from fastapi import FastAPI
from racing import read, write

app = FastAPI()
jobs: queue.Queue[queue.Queue[int]] = queue.Queue()


def work() -> None:
    while True:
        answer = jobs.get()
        count = read() + 1
        write(count)
        answer.put(count)


threading.Thread(target=work, daemon=True).start()


@app.post("/increment")
def increment() -> dict[str, int]:
    mine: queue.Queue[int] = queue.Queue()
    jobs.put(mine)
    return {"count": mine.get()}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": read()}


@app.post("/reset")
def reset() -> dict[str, int]:
    write(0)
    return {"count": 0}
