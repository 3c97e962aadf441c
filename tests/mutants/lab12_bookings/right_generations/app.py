"""Right: a reset begins a new generation; nothing is deleted in the old one."""

import json
import os

from fastapi import Body, FastAPI, HTTPException, Response
from redis.asyncio import Redis
from redis.exceptions import WatchError

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
app = FastAPI()
SEATS = {f"{row}{letter}" for row in range(1, 11) for letter in "ABCDEF"}


async def generation() -> str:
    return await store.get("generation") or "0"


@app.post("/bookings")
async def book(response: Response, seat: str = Body(), name: str = Body(), key: str = Body()):
    if seat not in SEATS:
        raise HTTPException(422, "no such seat")
    now = await generation()
    book, number = f"book:{now}", await store.incr("id")
    async with store.pipeline() as pipe:
        while True:
            try:
                await pipe.watch(book)
                bookings = {k: json.loads(v) for k, v in (await pipe.hgetall(book)).items()}
                if key in bookings:
                    known = bookings[key]
                    return {"id": known["id"], "seat": known["seat"], "name": known["name"]}
                if any(one["seat"] == seat for one in bookings.values() if not one.get("gone")):
                    raise HTTPException(409, "taken")
                one = {"id": number, "seat": seat, "name": name}
                pipe.multi()
                pipe.hset(book, key, json.dumps(one))
                await pipe.execute()
                response.status_code = 201
                return one
            except WatchError:
                continue


@app.delete("/bookings/{number}", status_code=204)
async def cancel(number: str):
    book = f"book:{await generation()}"
    async with store.pipeline() as pipe:
        while True:
            try:
                await pipe.watch(book)
                for key, text in (await pipe.hgetall(book)).items():
                    one = json.loads(text)
                    if str(one["id"]) == number:
                        pipe.multi()
                        pipe.hset(book, key, json.dumps(one | {"gone": True}))
                        await pipe.execute()
                        return
                raise HTTPException(404, "unknown")
            except WatchError:
                continue


@app.get("/report")
async def report():
    all_ = [json.loads(text) for text in await store.hvals(f"book:{await generation()}")]
    booked = {one["seat"]: one["name"] for one in all_ if not one.get("gone")}
    return {"free": 60 - len(booked), "booked": booked, "sold": len(booked)}


@app.post("/reset")
async def reset():
    await store.incr("generation")
