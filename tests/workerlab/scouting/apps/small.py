"""Pots with a number in a file: one operation races, one does not, and one asks who is there."""

import fcntl
import os
from pathlib import Path
from uuid import uuid4

from fastapi import FastAPI, Header, HTTPException

app = FastAPI()
FOLDER = Path(os.environ["FOLDER"])


def number(pot_id: str) -> int:
    file = FOLDER / pot_id
    if not file.exists():
        raise HTTPException(404, "no such pot")
    return int(file.read_text())


@app.post("/pots", status_code=201)
async def new():
    pot_id = uuid4().hex
    (FOLDER / pot_id).write_text("3")
    return {"id": pot_id}


@app.get("/pots/{pot_id}")
async def look(pot_id: str):
    return {"left": number(pot_id)}


@app.post("/pots/{pot_id}/take")
async def take(pot_id: str):
    left = number(pot_id)
    (FOLDER / pot_id).write_text(str(left - 1))
    return {"taken": True}


@app.post("/pots/{pot_id}/give")
def give(pot_id: str):
    with open(FOLDER / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        left = number(pot_id)
        (FOLDER / pot_id).write_text(str(left + 1))
    return {"given": True}


@app.delete("/secrets")
async def forget(authorization: str = Header("")):
    if authorization != "Bearer key":
        raise HTTPException(401, "who are you?")
    return {"forgotten": True}
