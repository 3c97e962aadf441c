"""A heart under a post: the first click likes it, the second takes that back.

Cut from https://github.com/Shivayan09/Vector/issues/733 (2026-05-31): two clicks in a row both find
that it is not liked yet. Here the second one waits until the first one has decided.
"""

import sqlite3

from fastapi import Depends, FastAPI, Header

app = FastAPI()
with sqlite3.connect("likes.db") as db:
    db.execute("CREATE TABLE IF NOT EXISTS likes (post INTEGER, user TEXT, UNIQUE (post, user))")


def connection():
    db = sqlite3.connect("likes.db", timeout=10, isolation_level=None, check_same_thread=False)
    try:
        yield db
    finally:
        db.close()


@app.post("/posts/{post}/like")
def toggle(post: int, x_user: str = Header(), db: sqlite3.Connection = Depends(connection)):
    mine = (post, x_user)
    db.execute("BEGIN IMMEDIATE")
    removed = db.execute("DELETE FROM likes WHERE post = ? AND user = ?", mine).rowcount
    if not removed:
        db.execute("INSERT INTO likes VALUES (?, ?)", mine)
    db.execute("COMMIT")
    return {"liked": not removed}


@app.get("/posts/{post}/likes")
def count(post: int, db: sqlite3.Connection = Depends(connection)):
    return db.execute("SELECT COUNT(*) FROM likes WHERE post = ?", (post,)).fetchone()[0]
