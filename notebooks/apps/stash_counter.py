"""gunicorn's own answer: tables that live in one process of gunicorn, its dirty arbiter."""

from fastapi import FastAPI
from gunicorn.dirty import stash
from gunicorn.dirty.app import DirtyApp

counts = stash.table("counts")  # raises where gunicorn was started without an arbiter
app = FastAPI()


class Nothing(DirtyApp):
    """The arbiter is started only for an app like this one, though the tables need none."""


@app.post("/increment")
def increment() -> dict[str, int]:
    counts["count"] = count = counts["count"] + 1
    return {"count": count}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": counts["count"]}


@app.post("/reset")
def reset() -> dict[str, int]:
    counts["count"] = 0
    return {"count": 0}
