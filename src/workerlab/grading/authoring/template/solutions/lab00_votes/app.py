"""Votes in a file: a vote is one byte, and the file's length is the count.

To append is one step for Linux: it looks for the end, writes there and moves on under one
lock. Where the writer stands afterwards is the number of its own vote.
"""

import os

from fastapi import FastAPI

app = FastAPI()
PATH = os.environ["STATE_FILE"]


@app.post("/increment")
def increment() -> dict[str, int]:
    file = os.open(PATH, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(file, b"+")
        return {"count": os.lseek(file, 0, os.SEEK_CUR)}
    finally:
        os.close(file)


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": os.stat(PATH).st_size if os.path.exists(PATH) else 0}


@app.post("/reset")
def reset() -> dict[str, int]:
    os.close(os.open(PATH, os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
    return {"count": 0}
