"""A lock that nobody waits for, and two keys that expire apart: a wrong app with many outcomes."""

import os

from fastapi import FastAPI
from redis import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
def increment():
    if not store.set("lock", 1, nx=True, ex=10):
        return {"count": -1}
    count = int(store.get("count") or 0)
    store.set("count", count + 1, ex=20)
    store.delete("lock")
    return {"count": count + 1}


@app.get("/report")
def report():
    return {"count": int(store.get("count") or 0)}


@app.post("/reset")
def reset():
    store.delete("lock", "count")
    return {"count": 0}
