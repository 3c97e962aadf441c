"""Forecasts from a table that is loaded once, and that an administrator reloads.

Cut from https://github.com/fastapi/fastapi/issues/4340 (2021-12-28): the class that holds the table
belongs to one worker, and only that one loads it anew.
"""

import csv
from pathlib import Path

from fastapi import FastAPI

TABLE = Path("table.csv")


class Table:
    rows: dict[str, str] = {}

    @classmethod
    def load(cls) -> None:
        with TABLE.open() as file:
            cls.rows = dict(csv.reader(file))


if not TABLE.exists():
    TABLE.write_text("monday,rain\n")
Table.load()
app = FastAPI()


@app.put("/table")
def replace(days: dict[str, str]):
    with TABLE.open("w") as file:
        csv.writer(file).writerows(days.items())
    Table.load()
    return {"days": len(Table.rows)}


@app.get("/forecast/{day}")
def forecast(day: str):
    return {"forecast": Table.rows.get(day, "unknown")}
