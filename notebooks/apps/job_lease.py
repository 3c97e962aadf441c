"""A job for whoever has the lease. Each holder gets an epoch, a number that grows."""

import os

from fastapi import FastAPI, HTTPException
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
app = FastAPI()

take = store.register_script("""
return redis.call('SET', KEYS[1], 'taken', 'NX', 'PX', ARGV[1])
    and redis.call('INCR', KEYS[2])
""")


@app.post("/run")
async def run() -> dict[str, int]:
    epoch = await take(["lease", "epoch"], [5000])
    if not epoch:
        raise HTTPException(409)
    await store.set("list", epoch)  # the job: a new price list
    return {"epoch": epoch}


@app.get("/list")
async def read() -> dict[str, int]:
    return {"of": int(await store.get("list") or 0)}


@app.post("/reset")
async def reset() -> None:
    await store.delete("lease", "epoch", "list")
