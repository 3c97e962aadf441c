import fcntl
from pathlib import Path

from fastapi import FastAPI

app = FastAPI()
FILE, LOCK = Path("count.txt"), open("lock", "w")


@app.post("/increment")
def increment():
    fcntl.flock(LOCK, fcntl.LOCK_EX)
    count = int(FILE.read_text())
    FILE.write_text(str(count + 1))
    fcntl.flock(LOCK, fcntl.LOCK_UN)
    return {"count": count + 1}


@app.get("/report")
def report():
    return {"count": int(FILE.read_text())}


@app.post("/reset")
def reset():
    FILE.write_text("0")
