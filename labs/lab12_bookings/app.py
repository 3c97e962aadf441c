"""Sixty seats that five workers sell, kept in Redis. It sells some twice: fix it."""

import os

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, Field
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
app = FastAPI()


class Wish(BaseModel):
    seat: str = Field(pattern="^([1-9]|10)[A-F]$")
    name: str
    key: str


@app.post("/bookings", status_code=201)
async def book(wish: Wish, response: Response) -> dict[str, str]:
    if number := await store.hget("id of key", wish.key):
        response.status_code = 200
        return {"id": number, "seat": wish.seat, "name": wish.name}
    if await store.hexists("name in seat", wish.seat):
        raise HTTPException(409, f"{wish.seat} is taken")
    number = str(await store.incr("last id"))
    await store.hset("name in seat", wish.seat, wish.name)
    await store.hset("seat of id", number, wish.seat)
    await store.incr("sold")
    await store.hset("id of key", wish.key, number)
    return {"id": number, "seat": wish.seat, "name": wish.name}


@app.delete("/bookings/{number}", status_code=204)
async def cancel(number: str) -> None:
    seat = await store.hget("seat of id", number)
    if seat is None:
        raise HTTPException(404, "there is no such booking")
    await store.hdel("seat of id", number)
    await store.hdel("name in seat", seat)
    await store.decr("sold")


@app.get("/report")
async def report() -> dict:
    booked = await store.hgetall("name in seat")
    return {"free": 60 - len(booked), "booked": booked, "sold": int(await store.get("sold") or 0)}


@app.post("/reset")
async def reset() -> dict[str, str]:
    await store.delete("name in seat", "seat of id", "id of key", "sold")
    return {}
