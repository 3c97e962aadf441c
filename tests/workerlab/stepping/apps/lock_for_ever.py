"""A lock that stays locked when its holder is dead."""

import os
import time

from fastapi import FastAPI
from stores import store

app = FastAPI()
LOCK = os.path.join(os.environ["LOCKS"], "for-ever")


def take_the_lock():
    while True:
        try:
            return os.close(os.open(LOCK, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            time.sleep(0.005)


@app.post("/increment")
def increment():
    take_the_lock()
    count = store.read() + 1
    store.write(count)
    os.unlink(LOCK)
    return {"count": count}


@app.get("/report")
def report():
    return {"count": store.read()}


@app.post("/reset")
def reset():
    store.write(0)
    return {"count": 0}
