"""Items in a database, with numbers from a counter in memory.

Cut from https://github.com/ArjanCodes/2023-fastapi/issues/7 (2025-04-11): global state is not shared
between workers. Two of them give the same number, and one item replaces the other.
"""

import itertools
import sqlite3

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
numbers = itertools.count(1)


class Item(BaseModel):
    name: str


def database() -> sqlite3.Connection:
    db = sqlite3.connect("items.db", timeout=10, isolation_level=None)
    db.execute("CREATE TABLE IF NOT EXISTS items (id INTEGER PRIMARY KEY, name TEXT)")
    return db


@app.post("/items")
def add(item: Item):
    number = next(numbers)
    database().execute("INSERT OR REPLACE INTO items VALUES (?, ?)", (number, item.name))
    return {"id": number, "name": item.name}


@app.get("/items")
def items():
    return [{"id": n, "name": name} for n, name in database().execute("SELECT * FROM items")]
