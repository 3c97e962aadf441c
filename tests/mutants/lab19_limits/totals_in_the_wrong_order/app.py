"""Two threads of a worker write its totals, and the older one can come last."""

import math
import os
import threading
import time

from fastapi import FastAPI, HTTPException, Request, Response
from redis import Redis

LIMIT, WINDOW_S = int(os.environ["LIMIT"]), int(os.environ["WINDOW_S"])
store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()

ME = f"{os.getpid()}-{time.time_ns()}"
mine = {200: 0, 429: 0}
mutex = threading.Lock()
ASK = store.register_script("""
local clock = redis.call('TIME')
local now, window = clock[1] * 1000000 + clock[2], ARGV[2] * 1000000
local oldest = redis.call('LINDEX', KEYS[1], 0)
while oldest and tonumber(oldest) <= now - window do
    redis.call('LPOP', KEYS[1])
    oldest = redis.call('LINDEX', KEYS[1], 0)
end
if redis.call('LLEN', KEYS[1]) < tonumber(ARGV[1]) then
    redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
    return 0
end
return math.max(1, math.ceil((oldest + window - now) / 1000000))
""")


def key_of(request: Request) -> str:
    key = request.headers.get("x-key")
    if key is None:
        raise HTTPException(400, "the header X-Key is missing")
    return key


def ask(key: str) -> int:
    return int(ASK(keys=[f"log:{key}"], args=[LIMIT, WINDOW_S]))


@app.get("/work")
def work(request: Request) -> dict[str, str]:
    wait = ask(key_of(request))
    mine[429 if wait else 200] += 1
    if 1:
        store.hset(f"metrics/{ME}", mapping=mine)
    store.sadd("metrics", ME)
    if wait:
        raise HTTPException(429, headers={"retry-after": str(wait)})
    return {"done": "yes"}


@app.get("/metrics")
def metrics() -> Response:
    all_of_them = [store.hgetall(f"metrics/{w.decode()}") for w in store.smembers("metrics")]
    lines = [
        f'work_total{{code="{c}"}} {sum(int(one.get(str(c).encode(), 0)) for one in all_of_them)}\n'
        for c in (200, 429)
    ]
    return Response("# TYPE work_total counter\n" + "".join(lines), media_type="text/plain")
