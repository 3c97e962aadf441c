"""Support tickets with a number and a readable key.

Cut from https://github.com/blue-yonder/postgraas_server/issues/24 (2018-01-30): equal requests at the
same moment end in a server error, since a key that looked free is taken.
"""

import os

import psycopg
from fastapi import Body, FastAPI

URL = os.environ["DATABASE_URL"]
with psycopg.connect(URL, autocommit=True) as db:
    db.execute("SELECT pg_advisory_lock(13)")
    db.execute("CREATE TABLE IF NOT EXISTS tickets (id BIGSERIAL PRIMARY KEY, key TEXT UNIQUE)")

app = FastAPI()
INSERT = "INSERT INTO tickets (key) VALUES (%s) RETURNING id"


@app.post("/tickets", status_code=201)
def create(key: str = Body(embed=True)):
    with psycopg.connect(URL, autocommit=True) as db:
        taken = db.execute("SELECT COUNT(*) FROM tickets WHERE key LIKE %s", (f"{key}%",))
        number = taken.fetchone()[0]
        key = f"{key}-{number + 1}" if number else key
        return {"id": db.execute(INSERT, (key,)).fetchone()[0], "key": key}


@app.get("/tickets")
def tickets():
    with psycopg.connect(URL) as db:
        return [{"id": row[0], "key": row[1]} for row in db.execute("TABLE tickets ORDER BY id")]
