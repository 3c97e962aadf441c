"""A threading.Lock at module level: the fork has made three of them."""

from multiprocessing import get_context
from threading import Lock

from fastapi import FastAPI

app = FastAPI()
manager = get_context("fork").Manager()
store = manager.dict(count=0)
lock = Lock()


@app.post("/increment")
def increment() -> dict[str, int]:
    with lock:
        store["count"] = count = store["count"] + 1
        return {"count": count}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": store["count"]}


@app.post("/reset")
def reset() -> dict[str, int]:
    with lock:
        store["count"] = 0
        return {"count": 0}
