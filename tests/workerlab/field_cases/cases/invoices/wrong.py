"""Invoices with numbers that go up by one.

Cut from https://github.com/django-oscar/django-oscar-invoices/issues/17 (2019-03-14): the last
number plus one is taken twice when two invoices are made at once.
"""

import sqlite3
from contextlib import closing

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
FILE = "invoices.db"


class Order(BaseModel):
    customer: str


def connect():
    return closing(sqlite3.connect(FILE, timeout=10, isolation_level=None))


with connect() as db:
    db.execute("CREATE TABLE IF NOT EXISTS invoices (number INTEGER, customer TEXT)")


@app.post("/invoices", status_code=201)
def invoice(order: Order):
    with connect() as db:
        (last,) = db.execute("SELECT COALESCE(MAX(number), 0) FROM invoices").fetchone()
        number = last + 1
        db.execute("INSERT INTO invoices VALUES (?, ?)", (number, order.customer))
    return {"number": f"{number:06}", "customer": order.customer}


@app.get("/invoices")
def invoices():
    with connect() as db:
        rows = db.execute("SELECT number, customer FROM invoices ORDER BY 1, 2")
        return [{"number": number, "customer": customer} for number, customer in rows]
