"""Never goes the same way twice running: no run can come back to where it was."""

from fastapi import FastAPI
from stores import nothing, store

app = FastAPI()
times = [0]


@app.post("/increment")
def increment():
    if times[0] % 2:
        nothing()
    store.write(store.read() + 1)
    times[0] += 1
    return {"count": store.read()}


@app.get("/report")
def report():
    return {"count": store.read()}


@app.post("/reset")
def reset():
    store.write(0)
    return {"count": 0}
