"""Items in a database, which gives them their numbers.

Cut from https://github.com/ArjanCodes/2023-fastapi/issues/7 (2025-04-11): global state is not shared
between workers. The database gives each number once.
"""

import sqlite3

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Item(BaseModel):
    name: str


def database() -> sqlite3.Connection:
    db = sqlite3.connect("items.db", timeout=10, isolation_level=None)
    db.execute("CREATE TABLE IF NOT EXISTS items (id INTEGER PRIMARY KEY, name TEXT)")
    return db


@app.post("/items")
def add(item: Item):
    new = database().execute("INSERT INTO items (name) VALUES (?) RETURNING id", (item.name,))
    (number,) = new.fetchone()
    return {"id": number, "name": item.name}


@app.get("/items")
def items():
    return [{"id": n, "name": name} for n, name in database().execute("SELECT * FROM items")]
