"""Somebody wants one piece of something."""

from fastapi import APIRouter, BackgroundTasks, HTTPException
from pydantic import BaseModel

from shop.database import Database
from shop.sales import note_the_sale

router = APIRouter()


class Order(BaseModel):
    item: str
    name: str


@router.post("/orders", status_code=201)
def order(order: Order, database: Database, later: BackgroundTasks) -> Order:
    row = database.execute("SELECT pieces FROM stock WHERE item = ?", (order.item,)).fetchone()
    pieces = row[0] if row else 0
    if pieces < 1:
        raise HTTPException(409, f"no {order.item} left")
    database.execute("UPDATE stock SET pieces = ? WHERE item = ?", (pieces - 1, order.item))
    database.execute("INSERT INTO orders (item, name) VALUES (?, ?)", (order.item, order.name))
    later.add_task(note_the_sale, order.item)
    return order


@router.get("/orders/{item}")
def orders(item: str, database: Database) -> dict[str, list[str]]:
    rows = database.execute("SELECT name FROM orders WHERE item = ? ORDER BY name", (item,))
    return {"names": [name for (name,) in rows]}
