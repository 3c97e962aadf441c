"""A synchronisation that runs one at a time.

Cut from https://github.com/StuMason/polar-flow-server/issues/63 (2026-07-19): a second one is
refused, but only by the worker that is at work.
"""

import asyncio
import json
from pathlib import Path

from fastapi import FastAPI, HTTPException

app = FastAPI()
FILE = Path("runs.json")
busy = asyncio.Lock()


def runs():
    return json.loads(FILE.read_text()) if FILE.exists() else {"runs": 0}


@app.post("/sync")
async def sync():
    if busy.locked():
        raise HTTPException(429, "a sync is running", {"Retry-After": "5"})
    async with busy:
        state = runs()
        await asyncio.sleep(0.01)
        state["runs"] += 1
        FILE.write_text(json.dumps(state))
    return {"done": True}


@app.get("/sync")
async def status():
    return runs()
