"""Remembers that it leads, and takes a job without looking whether it still does."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from redis.asyncio import Redis

TICK_S, SINK_URL = int(os.environ["TICK_MS"]) / 1000, os.environ["SINK_URL"]
LEASE_MS, RENEW_S = 2000, 0.5
ME = uuid.uuid4().hex

LEAD = """
local leader = redis.call('GET', 'leader')
if leader and leader ~= ARGV[1] then return 0 end
redis.call('SET', 'leader', ARGV[1], 'PX', ARGV[2])
return 1
"""
TAKE = """
for _, job in ipairs(redis.call('LRANGE', 'open', 0, -1)) do
    if redis.call('EXISTS', 'pause:' .. job) == 0 then
        redis.call('HSET', 'states', job, 'running')
        return {job, redis.call('INCR', 'epochs')}
    end
end
return nil
"""
DONE = """
redis.call('HSET', 'states', ARGV[1], 'done')
redis.call('LREM', 'open', 0, ARGV[1])
"""
FAILED = """
if redis.call('GET', 'leader') ~= ARGV[2] then return end
redis.call('SET', 'pause:' .. ARGV[1], 1, 'PX', ARGV[3])
redis.call('HSET', 'states', ARGV[1], 'waiting')
"""
POST = """
local job = redis.call('INCR', 'numbers')
redis.call('HSET', 'states', job, 'waiting')
redis.call('RPUSH', 'open', job)
return job
"""

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
lead, take, post_job = map(store.register_script, (LEAD, TAKE, POST))
mark_done, mark_failed = map(store.register_script, (DONE, FAILED))


class Job(BaseModel):
    name: str


leads = {"now": 0}


async def until(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def stay_leader(stop: asyncio.Event) -> None:
    while not stop.is_set():
        leads["now"] = await lead(args=[ME, LEASE_MS])
        await until(stop, RENEW_S)


async def run_jobs(stop: asyncio.Event) -> None:
    limit = aiohttp.ClientTimeout(total=2)
    async with aiohttp.ClientSession(timeout=limit) as sink:
        while not stop.is_set():
            taken = await take(args=[ME]) if leads["now"] else None
            if not taken:
                await until(stop, TICK_S)
                continue
            job, epoch = taken
            try:
                async with sink.post(SINK_URL, json={"id": int(job), "epoch": epoch}) as answer:
                    status = answer.status
            except (aiohttp.ClientError, TimeoutError):
                status = 0
            if status == 200:
                await mark_done(args=[job])
            elif status != 409:
                await mark_failed(args=[job, ME, int(TICK_S * 1000)])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    stop = asyncio.Event()
    tasks = [asyncio.create_task(work(stop)) for work in (stay_leader, run_jobs)]
    yield
    stop.set()
    await asyncio.gather(*tasks)
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.post("/jobs", status_code=201)
async def post(_: Job) -> dict[str, int]:
    return {"id": await post_job()}


@app.get("/jobs/{number}")
async def get(number: int) -> dict[str, str]:
    state = await store.hget("states", str(number))
    if state is None:
        raise HTTPException(404)
    return {"state": state}
