"""Chapter 12. A theatre in Redis: a key for the seats, one for the ids, one for what is sold."""

import os

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
app = FastAPI()


class Wish(BaseModel):
    seat: str
    name: str
    key: str


@app.post("/bookings", status_code=201)
async def book(wish: Wish, response: Response):
    if number := await store.hget("keys", wish.key):
        response.status_code = 200
        return {"id": number, "seat": wish.seat, "name": wish.name}
    if await store.hexists("booked", wish.seat):
        raise HTTPException(409)
    await store.hset("booked", wish.seat, wish.name)
    number = await store.incr("sold")
    await store.hset("keys", wish.key, number)
    return {"id": str(number), "seat": wish.seat, "name": wish.name}


@app.get("/report")
async def report():
    booked = await store.hgetall("booked")
    sold = int(await store.get("sold") or 0)
    return {"free": 60 - len(booked), "booked": booked, "sold": sold}


@app.post("/reset")
async def reset():
    await store.delete("booked", "sold", "keys")
