"""A claim that ends after ten seconds: who has it may count, and all others are told so."""

import os

from fastapi import FastAPI
from redis import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/claim")
def claim():
    if store.set("claim", 1, nx=True, ex=10):
        store.incr("counted")
        return {"mine": True}
    return {"mine": False}


@app.get("/counted")
def counted():
    return {"counted": int(store.get("counted") or 0)}


@app.post("/reset")
def reset():
    store.delete("claim", "counted")
    return {}
