"""A count in the memory of each worker."""

from fastapi import FastAPI

app = FastAPI()
meta = {"count": 0}


@app.post("/increment")
def increment() -> dict[str, int]:
    meta["count"] += 1
    return meta


@app.get("/report")
def report() -> dict[str, int]:
    return meta


@app.post("/reset")
def reset() -> dict[str, int]:
    meta["count"] = 0
    return meta
