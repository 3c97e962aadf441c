"""A lock over read and write."""

from fastapi import FastAPI
from stores import lock, nothing, store

app = FastAPI()


@app.post("/increment")
def increment():
    with lock():
        count = store.read()
        nothing()
        store.write(count + 1)
    return {"count": count + 1}


@app.get("/report")
def report():
    return {"count": store.read()}


@app.post("/reset")
def reset():
    store.write(0)
    return {"count": 0}
