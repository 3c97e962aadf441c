"""The sync client in async endpoints: not quick, but right, for INCR is one step."""

import os

from fastapi import FastAPI
from redis import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.post("/increment")
async def increment() -> dict[str, int]:
    return {"count": store.incr("count")}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(store.get("count") or 0)}


@app.api_route("/reset", methods=["POST", "DELETE"])
async def reset() -> dict[str, int]:
    store.getset("count", 0)
    return {"count": 0}
