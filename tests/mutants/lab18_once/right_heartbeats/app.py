"""Each worker has a heartbeat of two seconds, and a look frees what belongs to a worker without one."""

import asyncio, json, os, time, uuid
from contextlib import asynccontextmanager, suppress
import httpx
import redis.asyncio as redis
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

TICK_MS = int(os.environ["TICK_MS"])
TICK = TICK_MS / 1000
SINK = os.environ["SINK_URL"]


class Job(BaseModel):
    name: str


async def call(sink, job, epoch, seconds=2.0):
    """200, 409, or 0 for anything that failed."""
    try:
        async with asyncio.timeout(seconds):
            r = await sink.post(SINK, json={"id": job, "epoch": epoch})
        return r.status_code
    except (httpx.HTTPError, TimeoutError):
        return 0


async def nap(stop, seconds):
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


store = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)

ME = uuid.uuid4().hex
TAKE = store.register_script("""
if redis.call('EXISTS', 'alive:' .. ARGV[1]) == 0 then return nil end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
for _, job in ipairs(redis.call('ZRANGEBYSCORE', 'open', '-inf', now)) do
    local owner = redis.call('HGET', 'job:' .. job, 'owner')
    if not owner or owner == '' or redis.call('EXISTS', 'alive:' .. owner) == 0 then
        redis.call('HSET', 'job:' .. job, 'owner', ARGV[1], 'state', 'running')
        return {job, redis.call('HINCRBY', 'job:' .. job, 'epoch', 1)}
    end
end
""")
FAILED = store.register_script("""
local job = 'job:' .. ARGV[1]
if redis.call('HGET', job, 'owner') == ARGV[2] and redis.call('HGET', job, 'epoch') == ARGV[3] then
    local clock = redis.call('TIME')
    redis.call('ZADD', 'open', 'XX', clock[1] * 1000 + math.floor(clock[2] / 1000) + ARGV[4], ARGV[1])
    redis.call('HSET', job, 'owner', '', 'state', 'waiting')
end
""")


async def beat(stop):
    while not stop.is_set():
        await store.set(f"alive:{ME}", 1, px=2000)
        await nap(stop, 0.4)


async def loop(sink, stop):
    heart = asyncio.create_task(beat(stop))
    while not stop.is_set():
        taken = await TAKE(args=[ME])
        if not taken:
            await nap(stop, TICK if await store.exists(f"alive:{ME}") else 0.05)
            continue
        job, epoch = taken
        status = await call(sink, int(job), epoch)
        if status == 200:
            async with store.pipeline(transaction=True) as p:
                await p.hset(f"job:{job}", "state", "done").zrem("open", job).execute()
        elif status != 409:
            await FAILED(args=[job, ME, epoch, TICK_MS])
    await heart


@asynccontextmanager
async def lifespan(_):
    stop = asyncio.Event()
    async with httpx.AsyncClient(timeout=None) as sink:
        runner = asyncio.create_task(loop(sink, stop))
        yield
        stop.set()
        await runner
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.post("/jobs", status_code=201)
async def post(job: Job):
    n = await store.incr("jobs")
    async with store.pipeline(transaction=True) as p:
        await (
            p.hset(f"job:{n}", mapping={"state": "waiting", "epoch": 0})
            .zadd("open", {str(n): 0})
            .execute()
        )
    return {"id": n}


@app.get("/jobs/{n}")
async def get(n: int):
    state = await store.hget(f"job:{n}", "state")
    if state is None:
        raise HTTPException(404)
    return {"state": state}
