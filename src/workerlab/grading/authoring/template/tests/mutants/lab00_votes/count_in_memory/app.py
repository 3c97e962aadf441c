"""Keeps the count in memory, and only writes it down."""

import os

from fastapi import FastAPI

app = FastAPI()
votes = {"count": 0}


@app.post("/increment")
def increment() -> dict[str, int]:
    votes["count"] += 1
    with open(os.environ["STATE_FILE"], "w") as file:
        file.write(str(votes["count"]))
    return {"count": votes["count"]}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": votes["count"]}


@app.post("/reset")
def reset() -> dict[str, int]:
    votes["count"] = 0
    return {"count": 0}
