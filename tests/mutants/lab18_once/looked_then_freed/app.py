"""Finds ended leases in one step, and gives those jobs back in the next."""

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

LEASE = 2.3
TAKE = store.register_script("""
local job = redis.call('LPOP', 'waiting')
if not job then return nil end
redis.call('ZADD', 'leases', ARGV[1], job)
redis.call('HSET', 'states', job, 'running')
return {job, redis.call('HINCRBY', 'epochs', job, 1)}
""")
DONE = store.register_script("""
redis.call('ZREM', 'leases', ARGV[1])
redis.call('LREM', 'waiting', 0, ARGV[1])
redis.call('HSET', 'states', ARGV[1], 'done')
""")
FAILED = store.register_script("""
if redis.call('HGET', 'epochs', ARGV[1]) ~= ARGV[2] or redis.call('HGET', 'states', ARGV[1]) ~= 'running' then return end
redis.call('ZADD', 'leases', ARGV[3], ARGV[1])
redis.call('HSET', 'states', ARGV[1], 'waiting')
""")


async def loop(sink, stop):
    while not stop.is_set():
        for job in await store.zrangebyscore("leases", 0, time.time()):
            async with store.pipeline(transaction=True) as p:
                await (
                    p.zrem("leases", job)
                    .hset("states", job, "waiting")
                    .rpush("waiting", job)
                    .execute()
                )
        taken = await TAKE(args=[time.time() + LEASE])
        if not taken:
            await nap(stop, TICK)
            continue
        job, epoch = taken
        status = await call(sink, int(job), epoch)
        if status == 200:
            await DONE(args=[job])
        elif status != 409:
            await FAILED(args=[job, epoch, time.time() + TICK])


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
        await p.hset("states", n, "waiting").rpush("waiting", n).execute()
    return {"id": n}


@app.get("/jobs/{n}")
async def get(n: int):
    state = await store.hget("states", n)
    if state is None:
        raise HTTPException(404)
    return {"state": state}
