"""One connection for each request; whatever it has changed is kept before the response goes out."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from fastapi import Depends

FOLDER = Path(os.environ["SHOP_FOLDER"])
TABLES = """
CREATE TABLE IF NOT EXISTS stock (item TEXT PRIMARY KEY, pieces INTEGER);
CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, item TEXT, name TEXT);
"""


def connect() -> sqlite3.Connection:
    return sqlite3.connect(FOLDER / "shop.sqlite", timeout=5, check_same_thread=False)


def connection() -> Iterator[sqlite3.Connection]:
    database = connect()
    try:
        yield database
        database.commit()
    finally:
        database.close()


Database = Annotated[sqlite3.Connection, Depends(connection, scope="function")]

with connect() as first:
    first.executescript(TABLES)
first.close()
