"""Word counts in a file, one request at a time.

Cut from https://github.com/fastapi/fastapi/issues/4686 (2022-03-18): a lock of one worker does not
keep out the others. `flock` does, and is waited for in a thread.
"""

import asyncio
import fcntl
import json
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

app = FastAPI()
FILE = Path("counts.json")


@asynccontextmanager
async def one_at_a_time():
    with open("counts.lock", "w") as file:
        await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)
        yield


@app.post("/count")
async def count(words: list[str]):
    async with one_at_a_time():
        counts = json.loads(FILE.read_text()) if FILE.exists() else {}
        for word in words:
            counts[word] = counts.get(word, 0) + 1
        FILE.write_text(json.dumps(counts))
    return {"words": len(words)}


@app.get("/count")
async def show():
    async with one_at_a_time():
        return json.loads(FILE.read_text()) if FILE.exists() else {}
