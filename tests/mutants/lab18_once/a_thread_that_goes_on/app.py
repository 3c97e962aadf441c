"""A thread that nobody ends, and that is waited for."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from redis.asyncio import Redis

TICK_MS, SINK_URL = int(os.environ["TICK_MS"]), os.environ["SINK_URL"]
CALL_S = 2.0  # a call without an answer for so long has hung
LEASE_MS = 2300  # longer than a call, with what is around it

NOW = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
"""
POST = (
    NOW
    + """
local job = redis.call('INCR', 'jobs')
redis.call('HSET', 'job:' .. job, 'state', 'waiting', 'epoch', 0, 'name', ARGV[1])
redis.call('ZADD', 'due', now, job)
return job
"""
)
TAKE = (
    NOW
    + """
local job = redis.call('ZRANGEBYSCORE', 'due', '-inf', now, 'LIMIT', 0, 1)[1]
if not job then return nil end
redis.call('ZADD', 'due', now + ARGV[1], job)
redis.call('HSET', 'job:' .. job, 'state', 'running')
return {job, redis.call('HINCRBY', 'job:' .. job, 'epoch', 1)}
"""
)
# The sink has accepted: the job is done, whoever has it by now.
DONE = """
redis.call('HSET', 'job:' .. ARGV[1], 'state', 'done')
redis.call('ZREM', 'due', ARGV[1])
"""
# Only who still has the job may give it back.
FAILED = (
    NOW
    + """
if redis.call('HGET', 'job:' .. ARGV[1], 'epoch') ~= ARGV[2] then return end
if redis.call('HGET', 'job:' .. ARGV[1], 'state') ~= 'running' then return end
redis.call('HSET', 'job:' .. ARGV[1], 'state', 'waiting')
redis.call('ZADD', 'due', now + ARGV[3], ARGV[1])
"""
)

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
add, take = store.register_script(POST), store.register_script(TAKE)
mark_done, mark_failed = store.register_script(DONE), store.register_script(FAILED)


class Job(BaseModel):
    """What a client posts."""

    name: str


async def run_jobs(stop: asyncio.Event) -> None:
    store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    take = store.register_script(TAKE)
    async with httpx.AsyncClient(timeout=CALL_S) as sink:
        while not stop.is_set():
            if taken := await take(args=[LEASE_MS]):
                await run(sink, store, *taken)
            else:
                await asyncio.sleep(TICK_MS / 1000)


async def run(sink: httpx.AsyncClient, own: Redis, job: str, epoch: int) -> None:
    try:
        async with asyncio.timeout(CALL_S):
            answer = await sink.post(SINK_URL, json={"id": int(job), "epoch": epoch})
    except (httpx.HTTPError, TimeoutError):
        await mark_failed(args=[job, epoch, TICK_MS], client=own)
        return
    if answer.status_code == 200:
        await mark_done(args=[job], client=own)
    elif answer.status_code != 409:  # after a 409 somebody else has the job
        await mark_failed(args=[job, epoch, TICK_MS], client=own)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    stop = asyncio.Event()
    runner = threading.Thread(target=lambda: asyncio.run(run_jobs(stop)))
    runner.start()
    yield
    await asyncio.to_thread(runner.join)


app = FastAPI(lifespan=lifespan)


@app.post("/jobs", status_code=201)
async def post(job: Job) -> dict[str, int]:
    return {"id": await add(args=[job.name])}


@app.get("/jobs/{number}")
async def get(number: int) -> dict[str, str]:
    state = await store.hget(f"job:{number}", "state")
    if state is None:
        raise HTTPException(404)
    return {"state": state}
