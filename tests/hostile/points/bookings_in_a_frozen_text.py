"""Its steps stand in a text that calls itself <frozen …>, as parts of Python do, where no gate is.

Lab: lab12_bookings
Deserves: at most 5 points
"""

import os

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, Field
from redis import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
app = FastAPI()


class Wish(BaseModel):
    seat: str = Field(pattern="^([1-9]|10)[A-F]$")
    name: str
    key: str


HIDDEN = """
def book(store, seat, name, key):
    if number := store.hget("id of key", key):
        return 200, number
    if not store.hsetnx("name in seat", seat, name):
        return 409, None
    number = str(store.incr("last id"))
    store.hset("seat of id", number, seat)
    store.incr("sold")
    store.hset("id of key", key, number)
    return 201, number


def cancel(store, number):
    seat = store.hget("seat of id", number)
    if seat is None:
        return 404
    store.hdel("seat of id", number)
    store.hdel("name in seat", seat)
    store.decr("sold")
    return 204


def report(store):
    booked = store.hgetall("name in seat")
    return {"free": 60 - len(booked), "booked": booked, "sold": int(store.get("sold") or 0)}


def reset(store):
    for key in ("name in seat", "seat of id", "id of key", "sold"):
        store.delete(key)
"""
space = {}
exec(compile(HIDDEN, "<frozen bookings>", "exec"), space)


@app.post("/bookings", status_code=201)
def book(wish: Wish, response: Response):
    status, number = space["book"](store, wish.seat, wish.name, wish.key)
    if status == 409:
        raise HTTPException(409, "taken")
    response.status_code = status
    return {"id": number, "seat": wish.seat, "name": wish.name}


@app.delete("/bookings/{number}", status_code=204)
def cancel(number: str):
    if space["cancel"](store, number) == 404:
        raise HTTPException(404, "no such booking")


@app.get("/report")
def report():
    return space["report"](store)


@app.post("/reset")
def reset():
    space["reset"](store)
    return {}
