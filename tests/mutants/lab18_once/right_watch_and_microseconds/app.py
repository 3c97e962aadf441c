"""WATCH, MULTI and EXEC in place of scripts; five jobs at once in each worker; ids are texts."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from redis.asyncio import Redis
from redis.exceptions import WatchError

TICK_MS, SINK_URL = int(os.environ["TICK_MS"]), os.environ["SINK_URL"]
LEASE_MS, CALL_S, AT_ONCE = 2700, 2.2, 5
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


class Job(BaseModel):
    name: str


async def now() -> int:
    seconds, micros = await store.time()
    return seconds * 1000 + micros // 1000


async def take(key: str) -> int | None:
    """The epoch, if the job can be taken."""
    async with store.pipeline() as step:
        try:
            await step.watch(key)
            job = await step.hgetall(key)
            moment = await now()
            if job["state"] == "done" or int(job["due"]) > moment:
                return None
            epoch = max(int(job["epoch"]) + 1, moment)
            step.multi()
            changes = {"state": "running", "due": moment + LEASE_MS, "epoch": epoch}
            step.hset(key, mapping=changes)
            await step.execute()
        except WatchError:
            return None
        return epoch


async def end(key: str, epoch: int, accepted: bool) -> None:
    async with store.pipeline() as step:
        while True:
            with suppress(WatchError):
                await step.watch(key)
                job = await step.hgetall(key)
                if job["state"] == "done" or not (accepted or int(job["epoch"]) == epoch):
                    return
                moment = await now()
                step.multi()
                if accepted:
                    step.hset(key, "state", "done")
                    step.srem("open", key)
                else:
                    step.hset(key, mapping={"state": "waiting", "due": moment + TICK_MS + 50})
                await step.execute()
                return


async def run(sink: httpx.AsyncClient, key: str, epoch: int) -> None:
    call = {"id": key.removeprefix("job/"), "epoch": epoch}
    try:
        answer = await asyncio.wait_for(sink.post(SINK_URL, json=call), CALL_S)
    except (httpx.TransportError, TimeoutError):
        await end(key, epoch, False)
    else:
        if answer.status_code != 409:
            await end(key, epoch, answer.status_code == 200)


async def look(stop: asyncio.Event) -> None:
    running: set[asyncio.Task[None]] = set()
    async with httpx.AsyncClient(timeout=None) as sink:
        while not stop.is_set():
            for key in await store.smembers("open"):
                if len(running) < AT_ONCE and (epoch := await take(key)):
                    task = asyncio.create_task(run(sink, key, epoch))
                    running.add(task)
                    task.add_done_callback(running.discard)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), TICK_MS / 1000)
        await asyncio.gather(*running)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    stop = asyncio.Event()
    runner = asyncio.create_task(look(stop))
    yield
    stop.set()
    await runner
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.post("/jobs", status_code=201)
async def post(job: Job) -> dict[str, str]:
    name = f"{secrets.token_urlsafe(6)}"
    fields = {"state": "waiting", "due": 0, "epoch": 0, "name": job.name}
    async with store.pipeline() as step:
        await step.hset(f"job/{name}", mapping=fields).sadd("open", f"job/{name}").execute()
    return {"id": name}


@app.get("/jobs/{name}")
async def get(name: str) -> dict[str, str]:
    state = await store.hget(f"job/{name}", "state")
    if state is None:
        raise HTTPException(404)
    return {"state": state}
