"""What an assistant remembers, in a JSON file, by ids that are drawn.

Cut from https://github.com/odysseus-dev/odysseus/issues/1940 (2026-06-03): the file is put in
place whole. Here a lock is held from reading it to writing it.
"""

import fcntl
import json
import os
import uuid
from pathlib import Path

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
FILE = Path("memory.json")


class Memory(BaseModel):
    text: str


def load() -> dict[str, dict]:
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def save(memories: dict[str, dict]) -> None:
    new = Path(f"{uuid.uuid4().hex}.new")
    new.write_text(json.dumps(memories))
    os.replace(new, FILE)


@app.post("/memories", status_code=201)
def remember(memory: Memory):
    key = uuid.uuid4().hex
    with open("memory.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        save({**load(), key: memory.model_dump()})
    return {"id": key}


@app.get("/memories")
def memories():
    return load()
