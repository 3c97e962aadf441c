"""Each worker starts a helper process, and nobody stops it."""

import os
import subprocess
import sys

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
helper = subprocess.Popen(
    [sys.executable, "-c", "import threading; threading.Event().wait()"], start_new_session=True
)


@app.post("/increment")
async def increment() -> dict[str, int]:
    return {"count": await store.incr("count")}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    return {"count": 0}
