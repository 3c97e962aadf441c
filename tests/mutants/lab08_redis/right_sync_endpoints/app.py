"""`def` endpoints and the sync client, in the worker's thread pool."""

import os

from fastapi import FastAPI
from redis import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
def increment() -> dict[str, int]:
    return {"count": store.incr("count")}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": int(store.get("count") or 0)}


@app.post("/reset")
def reset() -> dict[str, int]:
    store.set("count", 0)
    return {"count": 0}
