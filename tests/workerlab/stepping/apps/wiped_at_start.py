"""Counts right, and wipes the count whenever a worker starts."""

from fastapi import FastAPI
from stores import store

app = FastAPI()
store.write(0)


@app.post("/increment")
def increment():
    return {"count": store.add()}


@app.get("/report")
def report():
    return {"count": store.read()}


@app.post("/reset")
def reset():
    store.write(0)
    return {"count": 0}
