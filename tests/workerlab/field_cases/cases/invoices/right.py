"""Invoices with numbers that go up by one.

Cut from https://github.com/django-oscar/django-oscar-invoices/issues/17 (2019-03-14): the last
number plus one is taken twice. One statement reads the last number and writes the next.
"""

import sqlite3
from contextlib import closing

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
FILE = "invoices.db"
NEXT = """INSERT INTO invoices SELECT COALESCE(MAX(number), 0) + 1, ? FROM invoices
          RETURNING number"""


class Order(BaseModel):
    customer: str


def connect():
    return closing(sqlite3.connect(FILE, timeout=10, isolation_level=None))


with connect() as db:
    db.execute("CREATE TABLE IF NOT EXISTS invoices (number INTEGER, customer TEXT)")


@app.post("/invoices", status_code=201)
def invoice(order: Order):
    with connect() as db:
        (number,) = db.execute(NEXT, (order.customer,)).fetchone()
    return {"number": f"{number:06}", "customer": order.customer}


@app.get("/invoices")
def invoices():
    with connect() as db:
        rows = db.execute("SELECT number, customer FROM invoices ORDER BY 1, 2")
        return [{"number": number, "customer": customer} for number, customer in rows]
