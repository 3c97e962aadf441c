"""A table that people edit, with an ETag so that nobody overwrites another's edit.

Cut from https://github.com/calpaterson/csvbase/issues/54 (2023-04-08), which asks for ETags against
blind overwriting. The database compares the version in the statement that writes.
"""

import sqlite3

from fastapi import FastAPI, Header, HTTPException, Request, Response

app = FastAPI()


def connect() -> sqlite3.Connection:
    db = sqlite3.connect("tables.db", timeout=10, isolation_level=None)
    db.execute("CREATE TABLE IF NOT EXISTS tables (name TEXT PRIMARY KEY, csv TEXT, version INT)")
    db.execute("INSERT OR IGNORE INTO tables VALUES ('stock', 'tea,3', 1)")
    return db


def current(name: str) -> tuple[str, int]:
    return connect().execute("SELECT csv, version FROM tables WHERE name = ?", (name,)).fetchone()


@app.get("/{name}.csv")
def read(name: str, response: Response):
    csv, version = current(name)
    response.headers["ETag"] = f'"{version}"'
    return {"csv": csv}


@app.put("/{name}.csv", status_code=204)
async def write(name: str, request: Request, if_match: str = Header()):
    text = (await request.json())["csv"]
    query = "UPDATE tables SET csv = ?, version = version + 1 WHERE name = ? AND version = ?"
    if connect().execute(query, (text, name, if_match.strip('"'))).rowcount == 0:
        raise HTTPException(412, "the table has changed")
