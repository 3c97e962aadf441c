"""Members of an organisation, which must always have an administrator.

Cut from https://github.com/Zipstack/unstract/pull/2048 (2026-06-12): two administrators step down at
the same moment, each counts two, and nobody is left. PostgreSQL finds that no
order gives this, and the request that it refuses is told to ask again.
"""

import os

import psycopg
from fastapi import FastAPI, HTTPException

URL = os.environ["DATABASE_URL"]
with psycopg.connect(URL) as db:
    db.execute("SELECT pg_advisory_xact_lock(3)")
    db.execute("CREATE TABLE IF NOT EXISTS members (name TEXT PRIMARY KEY, role TEXT)")
    db.execute(
        "INSERT INTO members VALUES ('ada', 'admin'), ('bob', 'admin') ON CONFLICT DO NOTHING"
    )

app = FastAPI()
ADMINS = "SELECT name FROM members WHERE role = 'admin'"


@app.post("/members/{name}/step-down")
def step_down(name: str):
    try:
        with psycopg.connect(URL) as db:
            db.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
            admins = [row[0] for row in db.execute(ADMINS)]
            if admins == [name]:
                raise HTTPException(403, "an organisation needs an administrator")
            db.execute("UPDATE members SET role = 'member' WHERE name = %s", (name,))
    except psycopg.errors.SerializationFailure:
        raise HTTPException(409, "please ask again") from None
    return {"name": name, "role": "member"}


@app.get("/admins")
def admins():
    with psycopg.connect(URL) as db:
        return sorted(row[0] for row in db.execute(ADMINS))
