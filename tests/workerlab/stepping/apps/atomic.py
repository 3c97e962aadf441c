"""One atomic operation."""

from fastapi import FastAPI
from stores import store

app = FastAPI()


@app.post("/increment")
async def increment():
    return {"count": store.add()}


@app.get("/report")
def report():
    return {"count": store.read()}


@app.post("/reset")
def reset():
    store.write(0)
    return {"count": 0}
