"""How many pieces of an item are there."""

from fastapi import APIRouter
from pydantic import BaseModel

from shop.database import Database

router = APIRouter()


class Delivery(BaseModel):
    item: str
    pieces: int


@router.post("/deliveries")
def deliver(delivery: Delivery, database: Database) -> Delivery:
    """A new season: so many pieces are there, and no orders yet."""
    row = (delivery.item, delivery.pieces)
    database.execute("REPLACE INTO stock VALUES (?, ?)", row)
    database.execute("DELETE FROM orders WHERE item = ?", row[:1])
    return delivery


@router.get("/stock/{item}")
def stock(item: str, database: Database) -> dict[str, int]:
    row = database.execute("SELECT pieces FROM stock WHERE item = ?", (item,)).fetchone()
    return {"pieces": row[0] if row else 0}
