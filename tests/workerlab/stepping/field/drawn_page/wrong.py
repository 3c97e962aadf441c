"""Orders as CSV, under numbers that are drawn: a row is lost, and no line is ever the same."""

import os
import secrets
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

app = FastAPI()
FILE = Path(os.environ.get("STATE_FILE", "state.db"))


@app.post("/orders")
def order(what: str):
    before = FILE.read_text() if FILE.exists() else ""
    FILE.write_text(f"{before}{secrets.token_hex(4)},{what}\n")
    return {"ordered": what}


@app.get("/orders.csv", response_class=PlainTextResponse)
def orders():
    return FILE.read_text() if FILE.exists() else ""
