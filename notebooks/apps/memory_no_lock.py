"""A number in shared memory, and no lock."""

from fastapi import FastAPI
from segment import opened

app = FastAPI()
memory = opened()
shared = memory.buf[:8].cast("q")


@app.post("/increment")
def increment() -> dict[str, int]:
    count = shared[0]
    shared[0] = count + 1
    return {"count": count + 1}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": shared[0]}


@app.post("/reset")
def reset() -> dict[str, int]:
    shared[0] = 0
    return {"count": 0}
