"""The metrics with prometheus_client, in files for each server that all its workers read."""

import math
import os
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request, Response
from redis.asyncio import Redis

# One folder for each store, and set before prometheus_client is imported.
PLACE = sha256(os.environ["REDIS_URL"].encode()).hexdigest()[:16]
FOLDER = Path(tempfile.gettempdir(), f"metrics-{os.getuid()}-{PLACE}")
FOLDER.mkdir(exist_ok=True)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(FOLDER)
from prometheus_client import CollectorRegistry, Counter, generate_latest, multiprocess  # noqa: E402

LIMIT, WINDOW_S = int(os.environ["LIMIT"]), int(os.environ["WINDOW_S"])
store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
WORK = Counter("work", "Requests by code", ["code"])

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


async def ask(key: str) -> int:
    return int(await ASK(keys=[f"log:{key}"], args=[LIMIT, WINDOW_S]))


@app.get("/work")
async def work(request: Request) -> dict[str, str]:
    wait = await ask(key_of(request))
    WORK.labels("429" if wait else "200").inc()
    if wait:
        raise HTTPException(429, headers={"retry-after": str(wait)})
    return {"done": "yes"}


@app.get("/metrics")
async def metrics() -> Response:
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")
