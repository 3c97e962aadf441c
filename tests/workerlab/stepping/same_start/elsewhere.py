"""Its database has a place of its own, which is not in its folder."""

import os
import sqlite3
from pathlib import Path

from fastapi import FastAPI

app = FastAPI()
PLACE = os.environ.get("SHOP_DB") or Path(__file__).with_name("place").read_text()


@app.post("/hit")
def hit():
    with sqlite3.connect(PLACE) as db:
        db.execute("INSERT INTO hits VALUES (1)")
    return {}


@app.get("/hits")
def hits():
    with sqlite3.connect(PLACE) as db:
        return {"hits": db.execute("SELECT count(*) FROM hits").fetchone()[0]}
