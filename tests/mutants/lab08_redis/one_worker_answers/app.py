"""The first worker becomes the leader; the others turn everybody away."""

import os

from fastapi import FastAPI, HTTPException
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


async def only_the_leader() -> None:
    me = str(os.getpid()).encode()
    if not await store.set("leader", me, nx=True) and await store.get("leader") != me:
        raise HTTPException(503, "another worker is the leader")


@app.post("/increment")
async def increment() -> dict[str, int]:
    await only_the_leader()
    return {"count": await store.incr("count")}


@app.get("/report")
async def report() -> dict[str, int]:
    await only_the_leader()
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await only_the_leader()
    await store.set("count", 0)
    return {"count": 0}
