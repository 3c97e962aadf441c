"""What many hours do to a store, without waiting for them."""

from __future__ import annotations

import redis


def let_the_night_pass(url: str) -> None:
    """Whatever has a time-to-live in this Redis database is gone."""
    with redis.Redis.from_url(url) as store:
        for key in store.scan_iter():
            if store.ttl(key) >= 0:
                store.delete(key)
