from pathlib import Path

from fastapi import FastAPI, HTTPException

app = FastAPI()
FILE = Path("running")


@app.post("/start/{name}")
def start(name):
    if FILE.exists():
        raise HTTPException(409)
    FILE.write_text(name)
    return f"{name} runs"


@app.get("/report")
def report():
    return {"running": FILE.read_text()}


@app.post("/reset")
def reset():
    FILE.unlink(missing_ok=True)
