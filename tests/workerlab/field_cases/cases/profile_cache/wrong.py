"""Profiles in a database, with a copy in Redis.

Cut from https://github.com/aio-libs/aiocache/issues/95 (2016-12-29): who has read the old row writes
it into the cache after the change has emptied the cache.
"""

import os
import sqlite3

import redis.asyncio as redis
from fastapi import FastAPI

app = FastAPI()
cache = redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
db = sqlite3.connect("profiles.db", timeout=10, isolation_level=None)
db.execute("CREATE TABLE IF NOT EXISTS profiles (name TEXT PRIMARY KEY, city TEXT)")
db.execute("INSERT OR IGNORE INTO profiles VALUES ('ada', 'London')")


@app.put("/profiles/{name}")
async def move(name: str, city: str):
    db.execute("UPDATE profiles SET city = ? WHERE name = ?", (city, name))
    await cache.delete(f"city:{name}")
    return {"moved_to": city}


@app.get("/profiles/{name}")
async def profile(name: str):
    city = await cache.get(f"city:{name}")
    if city is None:
        row = db.execute("SELECT city FROM profiles WHERE name = ?", (name,)).fetchone()
        city = row[0]
        await cache.set(f"city:{name}", city, ex=3600)
    return {"city": city}
