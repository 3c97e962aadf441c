"""Counts in a module global: the fork has made three of them."""

from fastapi import FastAPI

app = FastAPI()
store = {"count": 0}


@app.post("/increment")
def increment() -> dict[str, int]:
    store["count"] += 1
    return {"count": store["count"]}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": store["count"]}


@app.post("/reset")
def reset() -> dict[str, int]:
    store["count"] = 0
    return {"count": 0}
