"""The same, and the store refuses a write that has an older epoch than one before."""

import os

from fastapi import FastAPI, HTTPException
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
app = FastAPI()

take = store.register_script("""
return redis.call('SET', KEYS[1], 'taken', 'NX', 'PX', ARGV[1])
    and redis.call('INCR', KEYS[2])
""")

keep_newest = store.register_script("""
if tonumber(ARGV[1]) < tonumber(redis.call('GET', KEYS[1]) or 0) then
    return 0
end
redis.call('SET', KEYS[1], ARGV[1])
return 1
""")


@app.post("/run")
async def run() -> dict[str, int]:
    epoch = await take(["lease", "epoch"], [5000])
    if not epoch:
        raise HTTPException(409)
    written = await keep_newest(["list"], [epoch])
    if not written:
        raise HTTPException(409)
    return {"epoch": epoch}


@app.get("/list")
async def read() -> dict[str, int]:
    return {"of": int(await store.get("list") or 0)}


@app.post("/reset")
async def reset() -> None:
    await store.delete("lease", "epoch", "list")
