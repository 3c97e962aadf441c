"""The same six gates in a pool thread."""

from fastapi import FastAPI
from stores import nothing, store

app = FastAPI()


@app.post("/increment")
def increment():
    nothing()
    count = store.read()
    nothing()
    nothing()
    store.write(count + 1)
    nothing()
    return {"count": count + 1}


@app.get("/report")
def report():
    return {"count": store.read()}


@app.post("/reset")
def reset():
    store.write(0)
    return {"count": 0}
