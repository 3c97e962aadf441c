"""One atomic operation; then, when it is answered, a background task that fails."""

from fastapi import BackgroundTasks, FastAPI
from stores import store

app = FastAPI()


def fail():
    raise RuntimeError("after the answer")


@app.post("/increment")
async def increment(background: BackgroundTasks):
    background.add_task(fail)
    return {"count": store.add()}


@app.get("/report")
def report():
    return {"count": store.read()}


@app.post("/reset")
def reset():
    store.write(0)
    return {"count": 0}
