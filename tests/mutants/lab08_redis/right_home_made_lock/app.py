"""SET NX PX with a token, and a script that releases the lock only if the token is its own."""

import asyncio
import os
import secrets

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
release = store.register_script("""
if redis.call("GET", KEYS[1]) == ARGV[1] then
    return redis.call("DEL", KEYS[1])
end
return 0
""")


async def change(how) -> dict[str, int]:
    token = secrets.token_hex()
    while not await store.set("count:lock", token, nx=True, px=4000):
        await asyncio.sleep(0.02)
    try:
        count = how(int(await store.get("count") or 0))
        await store.set("count", count)
    finally:
        await release(keys=["count:lock"], args=[token])
    return {"count": count}


@app.post("/increment")
async def increment() -> dict[str, int]:
    return await change(lambda count: count + 1)


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    return await change(lambda count: 0)
