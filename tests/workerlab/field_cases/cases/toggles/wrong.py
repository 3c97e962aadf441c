"""A like that a second click takes back.

Cut from https://github.com/natlas/natlas/issues/320 (2020-06-29): what is toggled may just have
been toggled by another.
"""

import aiosqlite
from contextlib import asynccontextmanager

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app):
    async with aiosqlite.connect("likes.db", timeout=10, isolation_level=None) as db:
        await db.execute("CREATE TABLE IF NOT EXISTS likes (post INTEGER, user TEXT)")
        app.state.db = db
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/posts/{post}/like")
async def toggle(post: int, user: str):
    db = app.state.db
    found = await db.execute_fetchall(
        "SELECT 1 FROM likes WHERE post = ? AND user = ?", (post, user)
    )
    if found:
        await db.execute("DELETE FROM likes WHERE post = ? AND user = ?", (post, user))
        return {"liked": False}
    await db.execute("INSERT INTO likes VALUES (?, ?)", (post, user))
    return {"liked": True}


@app.get("/posts/{post}")
async def show(post: int):
    rows = await app.state.db.execute_fetchall("SELECT user FROM likes WHERE post = ?", (post,))
    return {"likes": len(rows)}
