"""Somebody moves while the profile is read; app.py is the service."""

import os

import app
import redis

store = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def setup():
    store.flushdb()
    app.db.execute("UPDATE profiles SET city = 'London'")
    app.cache = app.redis.from_url(os.environ["REDIS_URL"], decode_responses=True)  # of this loop


async def move(_):
    await app.move("ada", "Paris")


async def read(_):
    await app.profile("ada")


workers = [read, move]


def invariant(_):
    return store.get("city:ada") in (None, "Paris")
