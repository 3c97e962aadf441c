"""Read and write in one line."""

from fastapi import FastAPI
from stores import store

app = FastAPI()


@app.post("/increment")
async def increment():
    store.write(store.read() + 1)
    return {"count": store.read()}


@app.get("/report")
def report():
    return {"count": store.read()}


@app.post("/reset")
def reset():
    store.write(0)
    return {"count": 0}
