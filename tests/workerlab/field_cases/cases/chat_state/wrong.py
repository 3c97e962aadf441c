"""The state of a chat, in a file for each chat.

Cut from https://github.com/esphome/device-builder/pull/1043 (2026-05-29): the file is read in a
thread, and saved when that is back, without a lock around both.
"""

import asyncio
import json
from pathlib import Path

from fastapi import FastAPI

app = FastAPI()


class Session:
    def __init__(self, chat: str) -> None:
        self.path = Path(f"{chat}.json")

    def load(self) -> dict:
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    async def update(self, key: str, value: object) -> None:
        state = await asyncio.to_thread(self.load)
        state[key] = value
        self.path.write_text(json.dumps(state))


@app.patch("/chats/{chat}")
async def change(chat: str, values: dict):
    for key, value in values.items():
        await Session(chat).update(key, value)
    return {"changed": sorted(values)}


@app.get("/chats/{chat}")
async def show(chat: str):
    return Session(chat).load()
