"""A counter behind a manager that is there before the fork. It loses updates: fix it.

Run it as `gunicorn --preload --workers 3 --worker-class uvicorn_worker.UvicornWorker app:app`:
the module is imported once, in the master, and every worker is a copy of the master.
"""

from multiprocessing import get_context

from fastapi import FastAPI

app = FastAPI()
manager = get_context("fork").Manager()
store = manager.dict(count=0)


@app.post("/increment")
def increment() -> dict[str, int]:
    store["count"] = store["count"] + 1
    return {"count": store["count"]}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": store["count"]}


@app.post("/reset")
def reset() -> dict[str, int]:
    store["count"] = 0
    return {"count": 0}
