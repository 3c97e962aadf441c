"""Events of a club in one JSON file.

Cut from https://github.com/Ayushh-Sharmaa/NexaSphere/issues/86 (2026-05-21): who writes the whole
file loses what another request has added. A lock file goes around reading and writing.
"""

import json
from pathlib import Path

from fastapi import FastAPI
from filelock import FileLock
from pydantic import BaseModel

app = FastAPI()
CONTENT = Path("content.json")


class Event(BaseModel):
    title: str


def guard() -> FileLock:
    return FileLock("content.json.lock")


def read_content() -> dict:
    if not CONTENT.exists():
        return {"events": []}
    return json.loads(CONTENT.read_text())


def write_content(content: dict) -> None:
    CONTENT.write_text(json.dumps(content, indent=2))


@app.post("/events", status_code=201)
def create(event: Event):
    with guard():
        content = read_content()
        content["events"].append(event.model_dump())
        write_content(content)
    return event


@app.get("/events")
def events():
    with guard():
        return read_content()["events"]
