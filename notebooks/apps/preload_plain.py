"""stewit's idea: a Manager at module level, and gunicorn --preload. It also says who is who."""

import os
from multiprocessing import get_context

from fastapi import FastAPI

manager = get_context("fork").Manager()
store = manager.dict(count=0)
imported_by = os.getpid()
app = FastAPI()


@app.post("/increment")
def increment() -> dict[str, int]:
    store["count"] = count = store["count"] + 1
    return {"count": count}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": store["count"]}


@app.post("/reset")
def reset() -> dict[str, int]:
    store["count"] = 0
    return {"count": 0}


@app.get("/who")
def who() -> dict[str, int]:
    return {
        "imported_by": imported_by,
        "answered_by": os.getpid(),
        "manager": manager._process.pid,
    }
