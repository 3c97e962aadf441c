"""Answers before it writes."""

from fastapi import BackgroundTasks, FastAPI
from stores import nothing, store

app = FastAPI()


def count_one():
    nothing()
    store.add()


@app.post("/increment")
async def increment(background: BackgroundTasks):
    background.add_task(count_one)
    return {"count": store.read() + 1}


@app.get("/report")
def report():
    return {"count": store.read()}


@app.post("/reset")
def reset():
    store.write(0)
    return {"count": 0}
