"""No `await` and one worker, and still a race: FastAPI runs a `def` endpoint in a thread."""

from fastapi import FastAPI

app = FastAPI()
count = 0


@app.post("/increment")
def increment() -> dict[str, int]:
    global count
    seen = count
    count = seen + 1
    return {"count": count}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": count}


@app.post("/reset")
def reset() -> dict[str, int]:
    global count
    count = 0
    return {"count": count}
