"""The state of a chat, in a folder for each chat.

Cut from https://github.com/esphome/device-builder/pull/1043 (2026-05-29): the file was read in
one step and saved in another. Here each value has a file of its own, which appears as a whole.
"""

import asyncio
import json
import os
import uuid
from pathlib import Path

from fastapi import FastAPI

app = FastAPI()


class Session:
    def __init__(self, chat: str) -> None:
        self.folder = Path(chat)

    def load(self) -> dict:
        return {file.stem: json.loads(file.read_text()) for file in self.folder.glob("*.json")}

    def store(self, key: str, value: object) -> None:
        self.folder.mkdir(exist_ok=True)
        new = self.folder / f"{uuid.uuid4().hex}.tmp"
        new.write_text(json.dumps(value))
        os.replace(new, self.folder / f"{key}.json")


@app.patch("/chats/{chat}")
async def change(chat: str, values: dict):
    for key, value in values.items():
        await asyncio.to_thread(Session(chat).store, key, value)
    return {"changed": sorted(values)}


@app.get("/chats/{chat}")
async def show(chat: str):
    return await asyncio.to_thread(Session(chat).load)
