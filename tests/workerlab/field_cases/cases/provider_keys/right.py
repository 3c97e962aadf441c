"""Keys of providers in a database, behind a cache in memory.

Cut from https://github.com/Continuum-AI-Corp/OrcaRouter-Lite/issues/53 (2026-08-04). Each row has
a version; the cache is used only while it has the version that the database has now.
"""

import sqlite3

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()
_cache: dict[tuple[str, int], str] = {}
CHANGE = """INSERT INTO providers VALUES (?, ?, 1)
            ON CONFLICT (name) DO UPDATE SET key = excluded.key, version = version + 1"""


class Key(BaseModel):
    key: str


def base() -> sqlite3.Connection:
    db = sqlite3.connect("router.db", timeout=10, isolation_level=None)
    db.execute("CREATE TABLE IF NOT EXISTS providers (name TEXT PRIMARY KEY, key TEXT, version)")
    return db


@app.put("/v1/providers/{name}")
def set_key(name: str, body: Key):
    base().execute(CHANGE, (name, body.key))
    return {"stored": name}


@app.get("/v1/providers/{name}/client")
def client(name: str):
    row = base().execute("SELECT version, key FROM providers WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise HTTPException(404, "unknown provider")
    key = _cache.setdefault((name, row[0]), row[1])
    return {"uses_key": key}
