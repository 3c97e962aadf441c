"""A claim in Redis ends after half a second, and a computation may take a whole one."""

import asyncio
import json
import os
import uuid
from urllib.parse import urlsplit

import aiomcache
from fastapi import FastAPI
from redis.asyncio import Redis
from slow_price import slow_price

TTL, CLAIM_S = int(os.environ["PRICE_TTL"]), 5
URL = os.environ["CACHE_URL"]
SWAP = """
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[2], "EX", ARGV[3])
return 1
"""


class OnRedis:
    def __init__(self) -> None:
        self.client = Redis.from_url(URL)
        self.forget = self.client.delete
        self.get = self.client.get

    async def claim(self, key: bytes, claim: bytes) -> bytes | None:
        return claim if await self.client.set(key, claim, nx=True, px=500) else None

    async def swap(self, key: bytes, token: bytes, value: bytes) -> None:
        await self.client.eval(SWAP, 1, key, token, value, TTL)


class OnMemcached:
    def __init__(self) -> None:
        place = urlsplit(URL)
        self.client = aiomcache.Client(place.hostname, place.port, pool_size=8)
        self.forget = self.client.delete
        self.get = self.client.get

    async def claim(self, key: bytes, claim: bytes) -> int | None:
        if not await self.client.add(key, claim, exptime=CLAIM_S):
            return None
        value, token = await self.client.gets(key)
        return token if value == claim else None

    async def swap(self, key: bytes, token: int, value: bytes) -> None:
        await self.client.cas(key, value, token, exptime=TTL)


store = OnRedis() if URL.startswith("redis") else OnMemcached()
app = FastAPI()


@app.get("/price/{item}")
async def price(item: str) -> dict:
    key, mine = item.encode(), b"claim " + uuid.uuid4().hex.encode()
    while True:
        value = await store.get(key)
        if value is None and (token := await store.claim(key, mine)):
            known = {"item": item, "price": await slow_price(item), "computed_by": os.getpid()}
            await store.swap(key, token, json.dumps(known).encode())
            return known
        if value and not value.startswith(b"claim"):
            return json.loads(value)
        await asyncio.sleep(0.01)


@app.post("/invalidate/{item}")
async def invalidate(item: str) -> dict:
    await store.forget(item.encode())
    return {"item": item}
