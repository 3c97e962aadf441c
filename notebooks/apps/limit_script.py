"""The same limit in Redis, where one script looks and notes."""

import os
import time

from fastapi import FastAPI, HTTPException
from redis.asyncio import Redis

LIMIT, WINDOW_S = int(os.environ["LIMIT"]), int(os.environ["WINDOW_S"])
store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()

look_and_note = store.register_script("""
local passed, now, limit, window = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local earlier = redis.call("LINDEX", passed, -limit)
if earlier and now - earlier < window then
    return 0
end
redis.call("RPUSH", passed, now)
redis.call("LTRIM", passed, -limit, -1)
return 1
""")


@app.get("/work/{customer}")
async def work(customer: str) -> dict[str, str]:
    if not await look_and_note(keys=[f"passed:{customer}"], args=[time.time(), LIMIT, WINDOW_S]):
        raise HTTPException(429)
    return {"done": "yes"}


@app.post("/reset")
async def reset() -> None:
    await store.delete("passed:ann")
