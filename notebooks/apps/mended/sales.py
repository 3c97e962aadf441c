"""How much has been sold: statistics, in a database of their own. One statement adds."""

import sqlite3

from fastapi import APIRouter
from shop.database import FOLDER

router = APIRouter()


def connect() -> sqlite3.Connection:
    return sqlite3.connect(FOLDER / "sales.sqlite", timeout=5, isolation_level=None)


def sold(item: str) -> int:
    with connect() as database:
        row = database.execute("SELECT pieces FROM sales WHERE item = ?", (item,)).fetchone()
    return row[0] if row else 0


def note_the_sale(item: str) -> None:
    """Runs before the customer is answered, so that no report in between is too low."""
    with connect() as database:
        database.execute(
            "INSERT INTO sales VALUES (?, 1) ON CONFLICT DO UPDATE SET pieces = pieces + 1", (item,)
        )


@router.delete("/sales")
def forget() -> dict[str, int]:
    with connect() as database:
        database.execute("DELETE FROM sales")
    return {"pieces": 0}


@router.get("/sales/{item}")
def sales(item: str) -> dict[str, int]:
    return {"pieces": sold(item)}


with connect() as first:
    first.execute("CREATE TABLE IF NOT EXISTS sales (item TEXT PRIMARY KEY, pieces INTEGER)")
