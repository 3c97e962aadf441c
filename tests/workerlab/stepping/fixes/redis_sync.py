"""redis-py's blocking client: get and set, or INCR, or a Redis lock."""

import os

import redis
from serving import serve

store = redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def report():
    return int(store.get("count") or 0)


def reset():
    store.set("count", 0)
    return 0


def racy():
    count = int(store.get("count") or 0)
    store.set("count", count + 1)
    return count + 1


def incr():
    return store.incr("count")


def lock():
    with store.lock("counting", timeout=5, sleep=0.005):
        count = int(store.get("count") or 0)
        store.set("count", count + 1)
    return count + 1


app = serve(globals()[os.environ["FIX"]], report, reset)
