"""Publishes to many subscribers, none of whom reads (until 2 GB).

Deserves: as wrong
"""

import os
import threading

from plain import app  # noqa: F401
from redis import Redis, RedisError


def flood() -> None:
    deaf = []
    try:
        for _ in range(100):
            one = Redis.from_url(os.environ["REDIS_URL"]).pubsub()
            one.subscribe("noise")
            deaf.append(one)
        store = Redis.from_url(os.environ["REDIS_URL"])
        for _ in range(20_000):
            store.publish("noise", b"x" * 100_000)
    except (RedisError, OSError):
        pass


threading.Thread(target=flood, daemon=True).start()
