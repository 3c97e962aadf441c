"""Somebody wants one piece of something: one statement looks whether there is one, and takes it."""

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel
from shop.database import Database
from shop.sales import note_the_sale

router = APIRouter()


class Order(BaseModel):
    item: str
    name: str


@router.post("/orders", status_code=201)
def order(order: Order, database: Database) -> Order:
    taken = database.execute(
        "UPDATE stock SET pieces = pieces - 1 WHERE item = ? AND pieces > 0", (order.item,)
    ).rowcount
    if not taken:
        raise HTTPException(409, f"no {order.item} left")
    database.execute("INSERT INTO orders (item, name) VALUES (?, ?)", (order.item, order.name))
    note_the_sale(order.item)
    return order


@router.get("/orders/{item}")
def orders(item: str, database: Database) -> dict[str, list[str]]:
    rows = database.execute("SELECT name FROM orders WHERE item = ? ORDER BY name", (item,))
    return {"names": [name for (name,) in rows]}
