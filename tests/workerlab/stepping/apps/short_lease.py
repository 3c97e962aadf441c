"""A right lock with a lease too short for a person that pauses to think."""

import os

import redis
from fastapi import FastAPI
from stores import store

app = FastAPI()
server = redis.from_url(os.environ["PLACE"])


@app.post("/increment")
def increment():
    with server.lock("lease", timeout=0.5, sleep=0.005):
        count = store.read()
        store.write(count + 1)
    return {"count": count + 1}


@app.get("/report")
def report():
    return {"count": store.read()}


@app.post("/reset")
def reset():
    server.delete("lease")
    store.write(0)
    return {"count": 0}
