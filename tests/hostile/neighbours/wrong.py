"""A counter in each worker's own memory: the plain wrong app that the hostile ones are built on."""

from fastapi import FastAPI

app = FastAPI()
state = {"count": 0}


@app.post("/increment")
def increment() -> dict[str, int]:
    state["count"] += 1
    return {"count": state["count"]}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": state["count"]}


@app.post("/reset")
def reset() -> dict[str, int]:
    state["count"] = 0
    return {"count": 0}
