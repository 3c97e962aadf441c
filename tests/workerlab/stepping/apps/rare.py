"""Every access is locked, but read and write are under two locks, one narrow step apart."""

from fastapi import FastAPI
from stores import lock, nothing, store

app = FastAPI()


@app.post("/increment")
def increment():
    with lock():
        count = store.read() + 1
        store.write(count)
    return {"count": count}


@app.post("/slow")
def slow():
    for _ in range(25):
        nothing()
    with lock():
        seen = store.read()
    with lock():  # one step later: between the two, another request may have counted
        store.write(seen + 1)
    return {"count": seen + 1}


@app.get("/report")
def report():
    return {"count": store.read()}


@app.post("/reset")
def reset():
    store.write(0)
    return {"count": 0}
