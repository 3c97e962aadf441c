"""Reads before it takes the lock."""

from fastapi import FastAPI
from stores import lock, store

app = FastAPI()


@app.post("/increment")
def increment():
    count = store.read()
    with lock():
        store.write(count + 1)
    return {"count": count + 1}


@app.get("/report")
def report():
    return {"count": store.read()}


@app.post("/reset")
def reset():
    store.write(0)
    return {"count": 0}
