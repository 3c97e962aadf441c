"""One JSON document in Redis: read it, change it, and write it unless somebody else has."""

import json
import os
import uuid

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, Field
from redis import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


class Wish(BaseModel):
    seat: str = Field(pattern="^([1-9]|10)[A-F]$")
    name: str
    key: str


def changed(by):
    """What `by` answers to the house, which is written back; again if it was not the newest."""

    def change(pipe):
        house = json.loads(pipe.get("house") or '{"seats": {}, "of": {}, "keys": {}}')
        answer = by(house)
        pipe.multi()
        pipe.set("house", json.dumps(house))
        return answer

    return store.transaction(change, "house", value_from_callable=True)


@app.post("/bookings", status_code=201)
def book(wish: Wish, response: Response):
    def take(house):
        if known := house["keys"].get(wish.key):
            return 200, known
        if wish.seat in house["seats"]:
            return 409, None
        booking = {"id": uuid.uuid4().hex, "seat": wish.seat, "name": wish.name}
        house["seats"][wish.seat] = wish.name
        house["of"][booking["id"]] = wish.seat
        house["keys"][wish.key] = booking
        return 201, booking

    response.status_code, booking = changed(take)
    return booking


@app.delete("/bookings/{number}", status_code=204)
def cancel(number: str):
    if not changed(lambda house: house["seats"].pop(house["of"].pop(number, None), None)):
        raise HTTPException(404)


@app.get("/report")
def report():
    booked = json.loads(store.get("house") or '{"seats": {}}')["seats"]
    return {"free": 60 - len(booked), "booked": booked, "sold": len(booked)}


@app.post("/reset")
def reset():
    store.delete("house")
