"""Keys of providers in a database, behind a cache in memory.

Cut from https://github.com/Continuum-AI-Corp/OrcaRouter-Lite/issues/53 (2026-08-04). A new key
empties the cache of the worker that has stored it, and of no other.
"""

import sqlite3

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()
_cache: dict[str, str] = {}


class Key(BaseModel):
    key: str


def base() -> sqlite3.Connection:
    db = sqlite3.connect("router.db", timeout=10, isolation_level=None)
    db.execute("CREATE TABLE IF NOT EXISTS providers (name TEXT PRIMARY KEY, key TEXT)")
    return db


@app.put("/v1/providers/{name}")
def set_key(name: str, body: Key):
    base().execute("INSERT OR REPLACE INTO providers VALUES (?, ?)", (name, body.key))
    _cache.pop(name, None)
    return {"stored": name}


@app.get("/v1/providers/{name}/client")
def client(name: str):
    if name not in _cache:
        row = base().execute("SELECT key FROM providers WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise HTTPException(404, "unknown provider")
        _cache[name] = row[0]
    return {"uses_key": _cache[name]}
