"""As many slots for each key as the limit says, each taken by SET NX for one window."""

import math
import os
import time

from fastapi import FastAPI, HTTPException, Request, Response
from redis.asyncio import Redis

LIMIT, WINDOW_S = int(os.environ["LIMIT"]), int(os.environ["WINDOW_S"])
store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


def key_of(request: Request) -> str:
    key = request.headers.get("x-key")
    if key is None:
        raise HTTPException(400, "the header X-Key is missing")
    return key


SLOTS = store.register_script("""
local soonest = false
for n = 1, tonumber(ARGV[1]) do
    if redis.call('SET', KEYS[1] .. n, '', 'NX', 'PX', ARGV[2]) then return 0 end
    local left = redis.call('PTTL', KEYS[1] .. n)
    if not soonest or left < soonest then soonest = left end
end
return math.max(1, soonest)
""")


async def ask(key: str) -> int:
    left = await SLOTS(keys=[f"slot/{key}/"], args=[LIMIT, WINDOW_S * 1000])
    return math.ceil(left / 1000)


@app.get("/work")
async def work(request: Request) -> dict[str, str]:
    wait = await ask(key_of(request))
    await store.hincrby("metrics", "429" if wait else "200", 1)
    if wait:
        raise HTTPException(429, headers={"retry-after": str(wait)})
    return {"done": "yes"}


@app.get("/metrics")
async def metrics() -> Response:
    counted = await store.hgetall("metrics")
    lines = [
        f'work_total{{code="{c}"}} {int(counted.get(c.encode(), 0))}\n' for c in ("200", "429")
    ]
    return Response("".join(lines), media_type="text/plain")
