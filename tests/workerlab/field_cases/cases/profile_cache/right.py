"""Profiles in a database, with a copy in Redis.

Cut from https://github.com/aio-libs/aiocache/issues/95 (2016-12-29): who has read the old row writes
it into the cache after a change. Here it is written only if no change has come in between.
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
KEEP = """
if (redis.call('GET', KEYS[1]) or '0') ~= ARGV[1] then return end
redis.call('SET', KEYS[2], ARGV[2], 'EX', 3600)
"""


@app.put("/profiles/{name}")
async def move(name: str, city: str):
    db.execute("UPDATE profiles SET city = ? WHERE name = ?", (city, name))
    async with cache.pipeline(transaction=True) as pipe:
        await pipe.incr(f"changes:{name}").delete(f"city:{name}").execute()
    return {"moved_to": city}


@app.get("/profiles/{name}")
async def profile(name: str):
    city = await cache.get(f"city:{name}")
    if city is None:
        changes = await cache.get(f"changes:{name}") or "0"
        row = db.execute("SELECT city FROM profiles WHERE name = ?", (name,)).fetchone()
        city = row[0]
        await cache.eval(KEEP, 2, f"changes:{name}", f"city:{name}", changes, city)
    return {"city": city}
