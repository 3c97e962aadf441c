"""Each of its steps runs in an empty context, which knows of no gate.

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


import contextvars  # noqa: E402

import steps  # noqa: E402


def in_an_empty_context(function):
    return lambda *words: contextvars.Context().run(function, *words)


space = {
    name: in_an_empty_context(getattr(steps, name))
    for name in ("book", "cancel", "report", "reset")
}


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
