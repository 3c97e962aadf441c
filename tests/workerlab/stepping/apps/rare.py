"""Locked, but one branch in a narrow window trusts a count that it read before."""

from fastapi import FastAPI
from stores import lock, nothing, store

app = FastAPI()


@app.post("/increment")
def increment():
    with lock():
        seen = store.read()
        nothing()
    for _ in range(20):
        nothing()
    if store.read() == seen:  # nobody has counted meanwhile: no need to read again
        with lock():
            store.write(seen + 1)
        return {"count": seen + 1}
    with lock():
        count = store.read() + 1
        store.write(count)
    return {"count": count}


@app.get("/report")
def report():
    return {"count": store.read()}


@app.post("/reset")
def reset():
    store.write(0)
    return {"count": 0}
