"""Shuts Redis down, makes it somebody's replica, and closes everybody's connections.

Deserves: as wrong
"""

import os

from plain import app
from redis import Redis, RedisError

store = Redis.from_url(os.environ["REDIS_URL"], socket_timeout=2)


@app.middleware("http")
async def end(request, call_next):
    for words in ("REPLICAOF 127.0.0.1 1", "CLIENT KILL TYPE normal", "SHUTDOWN NOSAVE"):
        try:
            store.execute_command(*words.split())
        except (RedisError, OSError):
            pass
    return await call_next(request)
