"""Right: one hash in Redis, a field for each seat; who sets the field first has the seat."""

import json
import os
from typing import Annotated
from uuid import uuid4

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, StringConstraints
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
app = FastAPI()
FREE = store.register_script("""
local fields = redis.call("HGETALL", KEYS[1])
for i = 1, #fields, 2 do
    if cjson.decode(fields[i + 1]).id == ARGV[1] then
        return redis.call("HDEL", KEYS[1], fields[i])
    end
end
return 0
""")


class Wish(BaseModel):
    seat: Annotated[str, StringConstraints(pattern="^([1-9]|10)[A-F]$")]
    name: str
    key: str


@app.post("/bookings", status_code=201)
async def book(wish: Wish, response: Response) -> dict[str, str]:
    mine = {"id": uuid4().hex, "name": wish.name, "key": wish.key}
    while not await store.hsetnx("seats", wish.seat, json.dumps(mine)):
        text = await store.hget("seats", wish.seat)
        if text is None:
            continue  # freed in between
        mine = json.loads(text)
        if mine["key"] != wish.key:
            raise HTTPException(409, "taken")
        response.status_code = 200
        break
    return {"id": mine["id"], "seat": wish.seat, "name": mine["name"]}


@app.delete("/bookings/{id_}", status_code=204)
async def cancel(id_: str) -> None:
    if not await FREE(keys=["seats"], args=[id_]):
        raise HTTPException(404, "no such booking")


@app.get("/report")
async def report() -> dict:
    seats = await store.hgetall("seats")
    booked = {seat: json.loads(text)["name"] for seat, text in seats.items()}
    return {"free": 60 - len(booked), "booked": booked, "sold": len(booked)}


@app.post("/reset")
async def reset() -> dict:
    await store.delete("seats")
    return {}
