"""What Redis or Valkey holds: all keys, of all types."""

from __future__ import annotations

from typing import Any

import redis

_READS = {
    b"string": lambda client, key: client.get(key),
    b"hash": lambda client, key: client.hgetall(key),
    b"list": lambda client, key: client.lrange(key, 0, -1),
    b"set": lambda client, key: client.smembers(key),
    b"zset": lambda client, key: client.zrange(key, 0, -1, withscores=True),
    b"stream": lambda client, key: client.xrange(key),
}


def client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=2)


def held(client: redis.Redis) -> dict[bytes, Any]:
    """All keys with their values. One that goes meanwhile, as its time is over, is left out."""
    pipeline = client.pipeline(transaction=False)
    keys = sorted(client.scan_iter(count=1000))
    for key in keys:
        pipeline.type(key)
    kinds = pipeline.execute()
    known = [(key, kind) for key, kind in zip(keys, kinds, strict=True) if kind in _READS]
    for key, kind in known:
        _READS[kind](pipeline, key)
    found: dict[bytes, Any] = {}
    for (key, kind), value in zip(known, pipeline.execute(), strict=True):
        value = dict(value) if kind == b"zset" else value
        if value not in (None, {}, [], set()):
            found[key] = value
    return found
