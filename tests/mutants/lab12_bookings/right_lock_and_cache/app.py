"""Right: one JSON document behind a lock that expires, and a copy of the report that does."""

import asyncio
import json
import os
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import uuid4

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, StringConstraints
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
app = FastAPI()
# One step writes the document and forgets the copy; it does so only for the holder of the lock.
SAVE = store.register_script("""
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[2], ARGV[2])
redis.call("DEL", KEYS[3])
return 1
""")
UNLOCK = store.register_script("""
if redis.call("GET", KEYS[1]) == ARGV[1] then redis.call("DEL", KEYS[1]) end
""")
# The copy is made of a document only as long as that is the current one.
COPY = store.register_script("""
if (redis.call("GET", KEYS[1]) or "") ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[2], ARGV[2], "EX", 30)
return 1
""")


class Wish(BaseModel):
    seat: Annotated[str, StringConstraints(pattern="^([1-9]|10)[A-F]$")]
    name: str
    key: str


@asynccontextmanager
async def locked():
    me = uuid4().hex
    while not await store.set("lock", me, nx=True, px=5000):
        await asyncio.sleep(0.005)
    try:
        yield me
    finally:
        await UNLOCK(keys=["lock"], args=[me])


async def load() -> dict:
    return json.loads(await store.get("theatre") or "{}")


async def save(me: str, theatre: dict) -> None:
    if not await SAVE(keys=["lock", "theatre", "report"], args=[me, json.dumps(theatre)]):
        raise HTTPException(503, "too late")


@app.post("/bookings", status_code=201)
async def book(wish: Wish, response: Response) -> dict[str, str]:
    async with locked() as me:
        theatre = await load()
        for id_, one in theatre.items():
            if one["key"] == wish.key:
                response.status_code = 200
                return {"id": id_, "seat": one["seat"], "name": one["name"]}
        if any(one["seat"] == wish.seat for one in theatre.values()):
            raise HTTPException(409, "taken")
        id_ = uuid4().hex
        theatre[id_] = wish.model_dump()
        await save(me, theatre)
    return {"id": id_, "seat": wish.seat, "name": wish.name}


@app.delete("/bookings/{id_}", status_code=204)
async def cancel(id_: str) -> None:
    async with locked() as me:
        theatre = await load()
        if theatre.pop(id_, None) is None:
            raise HTTPException(404, "no such booking")
        await save(me, theatre)


@app.get("/report")
async def report() -> dict:
    if copy := await store.get("report"):
        return json.loads(copy)
    text = await store.get("theatre") or ""
    booked = {one["seat"]: one["name"] for one in json.loads(text or "{}").values()}
    made = {"free": 60 - len(booked), "booked": booked, "sold": len(booked)}
    await COPY(keys=["theatre", "report"], args=[text, json.dumps(made)])
    return made


@app.post("/reset")
async def reset() -> dict:
    async with locked() as me:
        await save(me, {})
    return {}
