"""Reads and writes in two steps."""

import os

from fastapi import FastAPI

app = FastAPI()
PATH = os.environ["STATE_FILE"]


def read() -> int:
    if not os.path.exists(PATH):
        return 0
    with open(PATH) as file:
        return int(file.read() or 0)


def write(count: int) -> None:
    with open(PATH + f".{os.getpid()}", "w") as file:
        file.write(str(count))
    os.replace(PATH + f".{os.getpid()}", PATH)


@app.post("/increment")
def increment() -> dict[str, int]:
    count = read() + 1
    write(count)
    return {"count": count}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": read()}


@app.post("/reset")
def reset() -> dict[str, int]:
    write(0)
    return {"count": 0}
