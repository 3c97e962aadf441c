"""The keys of requests are forgotten after two seconds."""

import json
import os

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, Field
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
app = FastAPI()

BOOK = store.register_script("""
local seat, name, key = ARGV[1], ARGV[2], ARGV[3]
local known = redis.call('GET', 'key:' .. key)
if known then return {200, known} end
if redis.call('HEXISTS', 'booked', seat) == 1 then return {409, ''} end
local id = tostring(redis.call('INCR', 'last id'))
local booking = cjson.encode({id = id, seat = seat, name = name})
redis.call('HSET', 'booked', seat, name)
redis.call('HSET', 'seats', id, seat)
redis.call('SET', 'key:' .. key, booking, 'EX', 2)
return {201, booking}
""")
CANCEL = store.register_script("""
local seat = redis.call('HGET', 'seats', ARGV[1])
if not seat then return 0 end
redis.call('HDEL', 'seats', ARGV[1])
redis.call('HDEL', 'booked', seat)
return 1
""")


class Wish(BaseModel):
    seat: str = Field(pattern="^([1-9]|10)[A-F]$")
    name: str
    key: str


@app.post("/bookings")
async def book(wish: Wish, response: Response):
    response.status_code, booking = await BOOK(args=[wish.seat, wish.name, wish.key])
    return json.loads(booking) if booking else {"detail": f"{wish.seat} is taken"}


@app.delete("/bookings/{number}", status_code=204)
async def cancel(number: str):
    if not await CANCEL(args=[number]):
        raise HTTPException(404)


@app.get("/report")
async def report():
    booked = await store.hgetall("booked")
    return {"free": 60 - len(booked), "booked": booked, "sold": len(booked)}


@app.post("/reset")
async def reset():
    keys = [key async for key in store.scan_iter("key:*")]
    await store.delete("booked", "seats", *keys)
