"""The same with the sync client, which is quiet about a lock that it no longer holds."""

import os

from fastapi import FastAPI
from redis import Redis
from redis.exceptions import LockNotOwnedError

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
def increment():
    lock = store.lock("lock", timeout=10)
    lock.acquire()
    count = int(store.get("count") or 0)
    store.set("count", count + 1)
    try:
        lock.release()
    except LockNotOwnedError:
        pass
    return {"count": count + 1}


@app.get("/report")
def report():
    return {"count": int(store.get("count") or 0)}


@app.post("/reset")
def reset():
    store.delete("count", "lock")
    return {"count": 0}
