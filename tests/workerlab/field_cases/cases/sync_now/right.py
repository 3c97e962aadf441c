"""A synchronisation that runs one at a time.

Cut from https://github.com/StuMason/polar-flow-server/issues/63 (2026-07-19): a second one is
refused by all workers, and may come again.
"""

import asyncio
import fcntl
import json
from pathlib import Path

from fastapi import FastAPI, HTTPException

app = FastAPI()
FILE = Path("runs.json")


def runs():
    return json.loads(FILE.read_text()) if FILE.exists() else {"runs": 0}


@app.post("/sync")
async def sync():
    with open("sync.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HTTPException(429, "a sync is running", {"Retry-After": "5"}) from None
        state = runs()
        await asyncio.sleep(0.01)
        state["runs"] += 1
        FILE.write_text(json.dumps(state))
    return {"done": True}


@app.get("/sync")
async def status():
    return runs()
