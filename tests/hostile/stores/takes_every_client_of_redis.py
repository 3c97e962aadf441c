"""Holds as many connections to Redis as it may, each of them waiting, and asks for all that is slow.

Deserves: as wrong
"""

import os
import threading

from plain import app  # noqa: F401
from redis import Redis, RedisError


def hold() -> None:
    held = []
    try:
        for number in range(4000):
            connection = Redis.from_url(os.environ["REDIS_URL"]).connection_pool.get_connection()
            connection.send_command("BLPOP", f"never-{number}", "0")
            held.append(connection)
    except (RedisError, OSError):
        pass
    threading.Event().wait()


def slow() -> None:
    try:
        store = Redis.from_url(os.environ["REDIS_URL"])
        store.eval("for i = 1, 300000 do redis.call('RPUSH', 'long', i) end", 0)
        while True:
            store.execute_command("SORT", "long", "BY", "nothing*", "STORE", "sorted")
            store.keys("*" + "?*" * 50)
    except (RedisError, OSError):
        pass


for action in (hold, slow):
    threading.Thread(target=action, daemon=True).start()
