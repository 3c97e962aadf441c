from pathlib import Path

from fastapi import FastAPI

app = FastAPI()
FILE = Path("count.txt")


@app.post("/increment")
def increment():
    count = int(FILE.read_text())
    FILE.write_text(str(count + 1))
    return {"count": count + 1}


@app.get("/report")
def report():
    return {"count": int(FILE.read_text())}


@app.post("/reset")
def reset():
    FILE.write_text("0")
