"""Two things of a kind in one request, one that pays and one that gets, are made before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from workerlab import explore
from workerlab.stepping.proposing.description import Description
from workerlab.stepping.proposing.links import Links

BANK = """
import sqlite3
from contextlib import closing

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()


def bank():
    base = sqlite3.connect("bank.db", timeout=10, isolation_level=None)
    base.execute("CREATE TABLE IF NOT EXISTS accounts (id integer PRIMARY KEY, owner, balance int)")
    return closing(base)


def of(base, number):
    row = base.execute("SELECT balance FROM accounts WHERE id = ?", [number]).fetchone()
    if row is None:
        raise HTTPException(404)
    return row[0]


class Account(BaseModel):
    owner: str
    balance: int = 0


class Transfer(BaseModel):
    sender: int
    recipient: int
    amount: int


@app.post("/accounts", status_code=201)
async def open_account(new: Account):
    with bank() as base:
        row = base.execute("INSERT INTO accounts (owner, balance) VALUES (?, ?)", [new.owner, new.balance])
        return {"id": row.lastrowid}


@app.get("/accounts/{account_id}")
async def look(account_id: int):
    with bank() as base:
        return {"balance": of(base, account_id)}


@app.post("/transfers", status_code=201)
async def transfer(asked: Transfer):
    if asked.sender == asked.recipient:
        raise HTTPException(400, "one account")
    with bank() as base:
        of(base, asked.recipient)
        if of(base, asked.sender) < asked.amount:
            raise HTTPException(409, "not enough")
        take = "UPDATE accounts SET balance = balance - ? WHERE id = ?"
        base.execute(take, [asked.amount, asked.sender])
        base.execute(take, [-asked.amount, asked.recipient])
"""
RIGHT = BANK.replace(
    "        of(base, asked.recipient)\n",
    '        base.execute("BEGIN IMMEDIATE")\n        of(base, asked.recipient)\n',
).replace(
    "        base.execute(take, [-asked.amount, asked.recipient])\n",
    '        base.execute(take, [-asked.amount, asked.recipient])\n        base.execute("COMMIT")\n',
)


def asked(tmp_path: Path, code: str):
    app, said = tmp_path / "app.py", list[str]()
    app.write_text(code)
    return explore(app, seconds=2, note=said.append), "\n".join(said)


def test_more_is_transferred_than_there_was(tmp_path):
    verdict, said = asked(tmp_path, BANK)
    assert '"sender": "{before.0.id}", "recipient": "{before.1.id}"' in said
    assert '"balance": 1' in said  # just enough for one of them
    assert verdict.status == "failed", f"{said}\n{verdict}"


@pytest.mark.further
def test_transfers_one_after_the_other_pass(tmp_path):
    verdict, said = asked(tmp_path, RIGHT)
    assert "POST /transfers" in said
    assert verdict.passed, f"{said}\n{verdict}"


def links_of(*fields: tuple[str, dict[str, str]], paths: tuple[str, ...] = ("/accounts",)) -> Links:
    """The links of an app that makes things at these paths, and has one request with these fields."""
    body = {"content": {"application/json": {"schema": {"properties": dict(fields)}}}}
    made = {path: {"post": {}} for path in paths}
    return Links(Description.read({"paths": made | {"/moves": {"post": {"requestBody": body}}}}))


WHOLE, DAY = {"type": "integer"}, {"type": "string", "format": "date"}


@pytest.mark.parametrize("names", [("from", "to"), ("source", "target"), ("winner", "loser")])
def test_two_ids_in_their_roles_are_two_things_of_the_one_kind(names):
    links = links_of(*((name, WHOLE) for name in names))
    keys = [links.of_field(name).key for name in names]
    assert keys == [f"/accounts#{name}" for name in names]


@pytest.mark.parametrize(
    "links",
    [
        links_of(("from", DAY), ("to", DAY)),
        links_of(("from", WHOLE)),
        links_of(("from", WHOLE), ("to", WHOLE), paths=("/accounts", "/rooms")),
        links_of(("low", WHOLE), ("high", WHOLE)),
    ],
    ids=["days", "one alone", "two kinds", "other names"],
)
def test_what_may_be_anything_else_is_no_link(links):
    assert links.of_field("from") is None and links.of_field("low") is None
