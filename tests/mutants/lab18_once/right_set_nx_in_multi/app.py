"""SET NX, the epoch and a look at the state in one MULTI; a lock with a token for each job."""

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

FREE = store.register_script("""
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then return redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[2], 'state', 'waiting')
return redis.call('SET', KEYS[1], 'pause', 'PX', ARGV[2])
""")


async def loop(sink, stop):
    while not stop.is_set():
        worked = False
        for job in sorted(await store.smembers("open"), key=int):
            if stop.is_set():
                break
            worked |= await attempt(sink, job)
        if not worked:
            await nap(stop, TICK)


async def attempt(sink, job):
    me, lock, key = uuid.uuid4().hex, f"lock:{job}", f"job:{job}"
    if await store.exists(lock):
        return False
    async with store.pipeline(transaction=True) as p:
        mine, epoch, state = (
            await p.set(lock, me, nx=True, px=2500)
            .hincrby(key, "epoch", 1)
            .hget(key, "state")
            .execute()
        )
    if not mine:
        return False
    if state == "done":
        await FREE(keys=[lock, key], args=[me, ""])
        return False
    await store.eval(
        "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('HSET', KEYS[2], 'state', 'running') end",
        2,
        lock,
        key,
        me,
    )
    status = await call(sink, job, epoch)
    if status == 200:
        async with store.pipeline(transaction=True) as p:
            await p.hset(key, "state", "done").srem("open", job).execute()
        await FREE(keys=[lock, key], args=[me, ""])
    elif status != 409:
        await FREE(keys=[lock, key], args=[me, TICK_MS + 20])
    return True


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
            p.hset(f"job:{n}", mapping={"state": "waiting", "name": job.name})
            .sadd("open", n)
            .execute()
        )
    return {"id": n}


@app.get("/jobs/{n}")
async def get(n: int):
    state = await store.hget(f"job:{n}", "state")
    if state is None:
        raise HTTPException(404)
    return {"state": state}
