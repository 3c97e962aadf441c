"""A club with twenty endpoints on JSON files: some of them race, and the others do not (see planted.py)."""

import asyncio
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import uuid4

from fastapi import FastAPI, Header, HTTPException, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

app = FastAPI()
FORM: dict = {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}
STREAM: dict = {"text/event-stream": {}}
FOLDER = Path(os.environ["FOLDER"])


def load(kind: str, name: str) -> dict:
    file = FOLDER / f"{kind}.{name}.json"
    if not file.exists():
        raise HTTPException(404, f"no such {kind}")
    return json.loads(file.read_text())


def save(kind: str, name: str, value: dict) -> None:
    (FOLDER / f"{kind}.{name}.json").write_text(json.dumps(value))


@contextmanager
def alone(kind: str, name: str) -> Iterator[None]:
    with open(FOLDER / f"{kind}.{name}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Room(BaseModel):
    seats: int = Field(ge=1, le=500)


class Poll(BaseModel):
    question: str
    options: list[str] = Field(min_length=2)


class Vote(BaseModel):
    voter: str


class Account(BaseModel):
    owner: str
    balance: int = 1


class Money(BaseModel):
    amount: int = Field(gt=0)


class Transfer(Money):
    from_account_id: str
    to_account_id: str


class Coupon(BaseModel):
    code: str = Field(pattern=r"^[a-z0-9]{4,20}$", examples=["spring26"])
    uses: int = 1


@app.put("/rooms/{room}")
async def furnish(room: str, wanted: Room):
    save("room", room, {"seats": wanted.seats, "inside": 0})
    return wanted


@app.get("/rooms/{room}")
async def room(room: str):
    return load("room", room)


@app.post("/rooms/{room}/enter")
async def enter(room: str):
    there = load("room", room)
    if there["inside"] >= there["seats"]:
        raise HTTPException(409, "it is full")
    await asyncio.sleep(0)
    save("room", room, {**there, "inside": there["inside"] + 1})
    return {"welcome": True}


@app.post("/rooms/{room}/air")
def air(room: str):
    load("room", room)
    return {"aired": True}


@app.post("/polls", status_code=201)
async def ask(poll: Poll):
    poll_id = uuid4().hex
    save("poll", poll_id, {**poll.model_dump(), "votes": 0, "state": "open"})
    return {"poll_id": poll_id, "asked_at": datetime.now(UTC).isoformat(timespec="seconds")}


@app.get("/polls/{poll_id}")
async def poll(poll_id: str):
    return load("poll", poll_id)


@app.post("/polls/{poll_id}/votes")
async def vote(poll_id: str, vote: Vote):
    poll = load("poll", poll_id)
    poll["votes"] += 1
    save("poll", poll_id, poll)
    return {"thanks": vote.voter}


@app.post("/polls/{poll_id}/close")
def close(poll_id: str):
    with alone("poll", poll_id):
        poll = load("poll", poll_id)
        if poll["state"] == "closed":
            raise HTTPException(409, "it is closed")
        save("poll", poll_id, {**poll, "state": "closed"})
    return {"state": "closed"}


@app.post("/accounts", status_code=201)
async def open_account(account: Account):
    account_id = uuid4().hex
    save("account", account_id, account.model_dump())
    return {"id": account_id, "owner": account.owner}


@app.get("/accounts/{account_id}")
async def account(account_id: str):
    return load("account", account_id)


@app.post("/accounts/{account_id}/deposit")
def deposit(account_id: str, money: Money):
    account = load("account", account_id)
    account["balance"] += money.amount
    save("account", account_id, account)
    return {"deposited": money.amount}


@app.post("/accounts/{account_id}/withdraw")
def withdraw(account_id: str, money: Money):
    with alone("account", account_id):
        account = load("account", account_id)
        if account["balance"] < money.amount:
            raise HTTPException(409, "there is not so much")
        account["balance"] -= money.amount
        save("account", account_id, account)
    return {"withdrawn": money.amount}


@app.post("/transfers")
def transfer(wish: Transfer):
    source, target = load("account", wish.from_account_id), load("account", wish.to_account_id)
    if source["balance"] < wish.amount:
        raise HTTPException(409, "there is not so much")
    source["balance"] -= wish.amount
    target["balance"] += wish.amount
    save("account", wish.from_account_id, source)
    save("account", wish.to_account_id, target)
    return {"transferred": wish.amount}


@app.post("/coupons", status_code=201)
def new_coupon(coupon: Coupon):
    save("coupon", coupon.code, {"left": coupon.uses})
    return coupon


@app.get("/coupons/{code}")
def coupon(code: str):
    return load("coupon", code)


@app.post("/coupons/{code}/redeem")
def redeem(code: str):
    coupon = load("coupon", code)
    if coupon["left"] < 1:
        raise HTTPException(410, "it has been used")
    save("coupon", code, {"left": coupon["left"] - 1})
    return {"redeemed": True}


@app.post("/letters", openapi_extra={"requestBody": {"content": FORM}})
async def write(request: Request):
    return {"length": len(await request.body())}


@app.get("/news", response_class=StreamingResponse, responses={200: {"content": STREAM}})
def news():
    return StreamingResponse(iter(["data: none\n\n"]), media_type="text/event-stream")


@app.post("/admin/close")
def close_the_club(authorization: Annotated[str | None, Header()] = None):
    if authorization != "Bearer the-key":
        raise HTTPException(401, "who are you?")
    return {"closed": True}


@app.get("/")
def front():
    return {"club": "open"}
