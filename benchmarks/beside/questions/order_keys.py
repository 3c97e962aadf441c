"""One order is sent twice, with its key; app.py is the service."""

import os

import app
import redis

store = redis.Redis.from_url(os.environ["REDIS_URL"])


def setup():
    store.flushdb()
    app.redis = app.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)  # of this loop


async def order(_):
    try:
        await app.order("tea", "k1")
    except app.HTTPException:
        pass  # told to come again


workers = [order, order]


def invariant(_):
    return store.llen("orders") == 1
