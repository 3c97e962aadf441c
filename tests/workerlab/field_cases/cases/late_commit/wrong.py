"""Notes whose transaction a dependency commits.

Cut from https://github.com/vstorm-co/agenticos/issues/353 (2026-08-06): FastAPI runs what stands
behind the `yield` when the response has gone.
"""

import sqlite3

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()
with sqlite3.connect("notes.db") as first:
    first.execute("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT)")
    first.execute("CREATE TABLE IF NOT EXISTS counts (n INTEGER)")
    first.execute("INSERT INTO counts SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counts)")


class Note(BaseModel):
    text: str


def connection():
    db = sqlite3.connect("notes.db", timeout=10, check_same_thread=False)
    yield db
    db.commit()
    db.close()


@app.post("/notes", status_code=201)
def add(note: Note, db: sqlite3.Connection = Depends(connection)):
    n = db.execute("SELECT n FROM counts").fetchone()[0]
    if n >= 3:
        raise HTTPException(409, "three are enough")
    db.execute("INSERT INTO notes (text) VALUES (?)", (note.text,))
    db.execute("UPDATE counts SET n = ?", (n + 1,))
    return note


@app.get("/notes")
def notes(db: sqlite3.Connection = Depends(connection)):
    n = db.execute("SELECT n FROM counts").fetchone()[0]
    rows = db.execute("SELECT text FROM notes ORDER BY id").fetchall()
    return {"count": n, "notes": [text for (text,) in rows]}
