"""One number for all workers, and one lock for all workers (flock, on the same file)."""

from fcntl import LOCK_EX, LOCK_UN, flock

from eight_bytes import file, shared
from fastapi import FastAPI

app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    count = shared[0]  # move 1
    flock(file, LOCK_EX)  # move 2: takes the lock, or waits for it
    shared[0] = count + 1  # move 3
    flock(file, LOCK_UN)  # move 4: gives it back
    return {"count": count + 1}


@app.post("/reset")
async def reset() -> dict[str, int]:
    flock(file, LOCK_EX)  # move 1: takes the lock, or waits for it
    shared[0] = 0  # move 2
    flock(file, LOCK_UN)  # move 3: gives it back
    return {"count": 0}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": shared[0]}
