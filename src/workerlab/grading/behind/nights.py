"""The effect of many hours on a store, without waiting for them."""

from __future__ import annotations

from workerlab.grading.stores import in_time, redis_at

__all__ = ["let_the_night_pass"]


def let_the_night_pass(url: str) -> None:
    """Remove every key with a time-to-live from this Redis database."""
    with redis_at(url) as store:
        for key in in_time(store.scan_iter(), "keys"):
            if store.ttl(key) >= 0:
                store.delete(key)
