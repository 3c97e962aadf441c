"""`def` endpoints, the sync client, and its lock over the read and the write."""

import os

from fastapi import FastAPI
from redis import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


def lock():
    return store.lock("count:lock", timeout=5, sleep=0.01)


@app.post("/increment")
def increment() -> dict[str, int]:
    with lock():
        count = int(store.get("count") or 0) + 1
        store.set("count", count)
    return {"count": count}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": int(store.get("count") or 0)}


@app.post("/reset")
def reset() -> dict[str, int]:
    with lock():
        store.set("count", 0)
    return {"count": 0}
