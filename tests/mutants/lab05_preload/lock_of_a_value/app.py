"""A shared value and its own lock: whoever dies with it stops everybody."""

from multiprocessing import get_context

from fastapi import FastAPI

app = FastAPI()
number = get_context("fork").Value("q", 0)


@app.post("/increment")
def increment() -> dict[str, int]:
    with number.get_lock():
        number.value += 1
        return {"count": number.value}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": number.get_obj().value}


@app.post("/reset")
def reset() -> dict[str, int]:
    with number.get_lock():
        number.value = 0
    return {"count": 0}
