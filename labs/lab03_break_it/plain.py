"""One number for all workers, and nothing to guard it."""

from eight_bytes import shared
from fastapi import FastAPI

app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    count = shared[0]  # move 1
    shared[0] = count + 1  # move 2
    return {"count": count + 1}


@app.post("/reset")
async def reset() -> dict[str, int]:
    shared[0] = 0
    return {"count": 0}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": shared[0]}
