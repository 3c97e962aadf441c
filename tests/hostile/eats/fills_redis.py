"""Fills Redis with what it may hold (until 2 GB), and then keeps it busy for ever with a script.

Deserves: as wrong
"""

import os

from plain import app  # noqa: F401
from redis import Redis, RedisError

store = Redis.from_url(os.environ["REDIS_URL"], socket_timeout=5)
try:
    for number in range(20):
        store.set(f"{os.getpid()}-{number}", b"x" * 50_000_000)
    store.eval("while true do end", 0)
except RedisError:
    pass
