"""Chapter 12. A theatre in Redis: one document, written only if nobody else has in between."""

import json
import os

from fastapi import FastAPI, Response
from pydantic import BaseModel
from redis.asyncio import Redis, WatchError

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


class Wish(BaseModel):
    seat: str
    name: str
    key: str


async def changed(by):
    while True:
        async with store.pipeline() as pipe:
            await pipe.watch("theatre")
            theatre = json.loads(await pipe.get("theatre") or "[]")
            answer = by(theatre)
            pipe.multi()
            pipe.set("theatre", json.dumps(theatre))
            try:
                await pipe.execute()
            except WatchError:
                continue  # it is not the version that we have read: once more, with the new one
            return answer


@app.post("/bookings")
async def book(wish: Wish, response: Response):
    def take(theatre):
        for number, booking in enumerate(theatre):
            if booking["key"] == wish.key:
                return 200, {"id": number, **booking}
            if booking["seat"] == wish.seat:
                return 409, None
        theatre.append(wish.model_dump())
        return 201, {"id": len(theatre) - 1, **theatre[-1]}

    response.status_code, booking = await changed(take)
    return booking


@app.get("/report")
async def report():
    theatre = json.loads(await store.get("theatre") or "[]")
    booked = {booking["seat"]: booking["name"] for booking in theatre}
    return {"free": 60 - len(booked), "booked": booked, "sold": len(booked)}


@app.post("/reset")
async def reset():
    await store.delete("theatre")
