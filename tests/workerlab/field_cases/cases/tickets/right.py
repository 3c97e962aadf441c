"""Support tickets with a number and a readable key.

Cut from https://github.com/blue-yonder/postgraas_server/issues/24 (2018-01-30): equal requests at the
same moment end in a server error, since a key that looked free is taken. Here the next is tried.
"""

import os

import psycopg
from fastapi import Body, FastAPI, HTTPException

URL = os.environ["DATABASE_URL"]
with psycopg.connect(URL, autocommit=True) as db:
    db.execute("SELECT pg_advisory_lock(13)")
    db.execute("CREATE TABLE IF NOT EXISTS tickets (id BIGSERIAL PRIMARY KEY, key TEXT UNIQUE)")

app = FastAPI()
INSERT = "INSERT INTO tickets (key) VALUES (%s) RETURNING id"


@app.post("/tickets", status_code=201)
def create(key: str = Body(embed=True)):
    with psycopg.connect(URL, autocommit=True) as db:
        for _ in range(20):
            query = "SELECT COUNT(*) FROM tickets WHERE key LIKE %s"
            number = db.execute(query, (f"{key}%",)).fetchone()[0] + 1
            free = f"{key}-{number}" if number > 1 else key
            try:
                return {"id": db.execute(INSERT, (free,)).fetchone()[0], "key": free}
            except psycopg.errors.UniqueViolation:
                continue
    raise HTTPException(503, "please ask again")


@app.get("/tickets")
def tickets():
    with psycopg.connect(URL) as db:
        return [{"id": row[0], "key": row[1]} for row in db.execute("TABLE tickets ORDER BY id")]
