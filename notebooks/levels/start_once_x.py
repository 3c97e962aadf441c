from pathlib import Path

from fastapi import FastAPI, HTTPException

app = FastAPI()
FILE = Path("running")


@app.post("/start/{name}")
def start(name):
    try:
        FILE.open("x").write(name)
    except FileExistsError:
        raise HTTPException(409) from None
    return f"{name} runs"


@app.get("/report")
def report():
    return {"running": FILE.read_text()}


@app.post("/reset")
def reset():
    FILE.unlink(missing_ok=True)
