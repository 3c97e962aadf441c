"""Short links that count their clicks.

Cut from https://github.com/zws-im/zws/issues/4 (2019-05-19): nothing locks the count between its
reading and its writing. Here the database adds.
"""

import sqlite3
import secrets

from fastapi import FastAPI, HTTPException
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

app = FastAPI()
db = sqlite3.connect("links.db", timeout=10, isolation_level=None, check_same_thread=False)
db.execute("CREATE TABLE IF NOT EXISTS links (code TEXT PRIMARY KEY, url TEXT, clicks INTEGER)")


class Link(BaseModel):
    url: str


@app.post("/links", status_code=201)
async def shorten(link: Link):
    code = secrets.token_urlsafe(4)
    db.execute("INSERT INTO links VALUES (?, ?, 0)", (code, link.url))
    return {"code": code}


@app.get("/r/{code}")
async def follow(code: str):
    row = db.execute("SELECT url, clicks FROM links WHERE code = ?", (code,)).fetchone()
    if row is None:
        raise HTTPException(404, "no such link")
    db.execute("UPDATE links SET clicks = clicks + 1 WHERE code = ?", (code,))
    return RedirectResponse(row[0])


@app.get("/links/{code}")
async def show(code: str):
    row = db.execute("SELECT url, clicks FROM links WHERE code = ?", (code,)).fetchone()
    if row is None:
        raise HTTPException(404, "no such link")
    return {"url": row[0], "clicks": row[1]}
