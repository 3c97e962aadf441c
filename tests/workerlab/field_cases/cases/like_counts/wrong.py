"""Likes of posts, with a number that is kept beside them.

Cut from https://github.com/nensii21/devlink/issues/1088 (2026-08-11): one reader's like counts more
than once. Whether it is there already is asked before, and the number goes up in any case.
"""

from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, Header

BASE = "posts.db"
SCHEMA = """
CREATE TABLE IF NOT EXISTS posts (id INTEGER PRIMARY KEY, likes_count INTEGER);
CREATE TABLE IF NOT EXISTS likes (post INTEGER, user TEXT, UNIQUE (post, user));
INSERT OR IGNORE INTO posts VALUES (1, 0);
"""


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with aiosqlite.connect(BASE, timeout=10) as db:
        await db.executescript(SCHEMA)
    yield


app = FastAPI(lifespan=lifespan)


@app.put("/posts/{post}/like")
async def like(post: int, user: str = Header()):
    async with aiosqlite.connect(BASE, timeout=10) as db:
        query = "SELECT 1 FROM likes WHERE post = ? AND user = ?"
        if await (await db.execute(query, (post, user))).fetchone():
            return {"liked": "already"}
        await db.execute("INSERT OR IGNORE INTO likes VALUES (?, ?)", (post, user))
        await db.execute("UPDATE posts SET likes_count = likes_count + 1 WHERE id = ?", (post,))
        await db.commit()
    return {"liked": "now"}


@app.get("/posts/{post}")
async def show(post: int):
    async with aiosqlite.connect(BASE, timeout=10) as db:
        rows = await db.execute("SELECT likes_count FROM posts WHERE id = ?", (post,))
        return {"likes_count": (await rows.fetchone())[0]}
