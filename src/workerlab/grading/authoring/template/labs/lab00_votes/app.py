"""Votes, counted by three workers. As it stands, each worker counts its own: fix it."""

from fastapi import FastAPI

app = FastAPI()
votes = {"count": 0}


@app.post("/increment")
def increment() -> dict[str, int]:
    votes["count"] += 1
    return {"count": votes["count"]}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": votes["count"]}


@app.post("/reset")
def reset() -> dict[str, int]:
    votes["count"] = 0
    return {"count": 0}
