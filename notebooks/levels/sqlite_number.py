import sqlite3

from fastapi import FastAPI

app = FastAPI()
base = sqlite3.connect("orders.db", isolation_level=None, check_same_thread=False)
base.execute("CREATE TABLE IF NOT EXISTS orders (number INTEGER, item TEXT)")


@app.post("/orders/{item}")
def order(item: str):
    [(last,)] = base.execute("SELECT max(number) FROM orders")
    number = (last or 0) + 1
    base.execute("INSERT INTO orders VALUES (?, ?)", (number, item))
    return {"number": number, "item": item}


@app.get("/report")
def report():
    return [*base.execute("SELECT number, item FROM orders ORDER BY item")]


@app.post("/reset")
def reset():
    base.execute("DELETE FROM orders")
