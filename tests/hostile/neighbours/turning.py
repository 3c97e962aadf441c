"""A counter that is as wrong as wrong.py until `be_right()` is called: so an attack that works shows."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"])
state = {"count": 0, "right": False}


def be_right() -> None:
    state["right"] = True


@app.post("/increment")
async def increment() -> dict[str, int]:
    if state["right"]:
        return {"count": await store.incr("count")}
    state["count"] += 1
    return {"count": state["count"]}


@app.get("/report")
async def report() -> dict[str, int]:
    if state["right"]:
        return {"count": int(await store.get("count") or 0)}
    return {"count": state["count"]}


@app.post("/reset")
async def reset() -> dict[str, int]:
    state["count"] = 0
    if state["right"]:
        await store.set("count", 0)
    return {"count": 0}
