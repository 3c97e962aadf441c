"""One worker leads: the one that has the lease. Who leads renews it, and the others try to get it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from redis.asyncio import Redis

LEASE_MS, ME = int(os.environ["LEASE_MS"]), str(os.getpid())
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)

renew = store.register_script("""
return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('PEXPIRE', KEYS[1], ARGV[2])
""")


async def lead() -> bool:
    got = await store.set("leader", ME, nx=True, px=LEASE_MS)
    return bool(got or await renew(["leader"], [ME, LEASE_MS]))


async def look_again_and_again(stop: asyncio.Event) -> None:
    while not stop.is_set():
        if await lead():
            await store.rpush("work", ME)  # the job
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LEASE_MS / 3000)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    stop = asyncio.Event()
    looking = asyncio.create_task(look_again_and_again(stop))
    yield
    stop.set()
    await looking
    await store.aclose()


app = FastAPI(lifespan=lifespan)
