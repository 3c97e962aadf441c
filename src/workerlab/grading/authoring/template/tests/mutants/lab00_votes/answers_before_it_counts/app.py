"""Answers the count that will be, and counts afterwards."""

import os

from fastapi import BackgroundTasks, FastAPI

app = FastAPI()
PATH = os.environ["STATE_FILE"]


def vote() -> None:
    file = os.open(PATH, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(file, b"+")
    finally:
        os.close(file)


@app.post("/increment")
def increment(later: BackgroundTasks) -> dict[str, int]:
    later.add_task(vote)
    return {"count": report()["count"] + 1}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": os.stat(PATH).st_size if os.path.exists(PATH) else 0}


@app.post("/reset")
def reset() -> dict[str, int]:
    os.close(os.open(PATH, os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
    return {"count": 0}
