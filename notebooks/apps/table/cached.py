"""aiocache's increment, on Redis or Memcached, whichever CACHE_URL names."""

import os

from aiocache import Cache
from contract import serve

store = Cache.from_url(os.environ["CACHE_URL"])


async def increment() -> int:
    return await store.increment("count")


async def report() -> int:
    return int(await store.get("count") or 0)


async def reset() -> int:
    await store.set("count", 0)
    return 0


app = serve(increment, report, reset)
