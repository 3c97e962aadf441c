"""A thread in each worker, with redis-py and urllib; a lock with a token and a renewal for each job."""

import json
import os
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager

import redis
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

TICK_S, SINK_URL = int(os.environ["TICK_MS"]) / 1000, os.environ["SINK_URL"]
LEASE_MS = 1500
store = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
stop = threading.Event()

TAKE = store.register_script("""
for _, job in ipairs(redis.call('SMEMBERS', 'open')) do
    if redis.call('EXISTS', 'pause:' .. job) == 0
       and redis.call('SET', 'lock:' .. job, ARGV[1], 'NX', 'PX', ARGV[2]) then
        redis.call('SET', 'state:' .. job, 'running')
        local clock = redis.call('TIME')
        local epoch = math.max(clock[1] * 1000000 + clock[2],
                               1 + (redis.call('HGET', 'epochs', job) or 0))
        epoch = string.format('%.0f', epoch)
        redis.call('HSET', 'epochs', job, epoch)
        return {job, epoch}
    end
end
""")
RENEW = store.register_script("""
if redis.call('GET', 'lock:' .. ARGV[1]) == ARGV[2] then
    return redis.call('PEXPIRE', 'lock:' .. ARGV[1], ARGV[3])
end
""")
GIVE_BACK = store.register_script("""
if redis.call('GET', 'lock:' .. ARGV[1]) ~= ARGV[2] then return end
if redis.call('GET', 'state:' .. ARGV[1]) == 'running' then
    redis.call('SET', 'state:' .. ARGV[1], 'waiting')
    redis.call('SET', 'pause:' .. ARGV[1], '', 'PX', ARGV[3])
end
redis.call('DEL', 'lock:' .. ARGV[1])
""")


class Job(BaseModel):
    name: str


def run_jobs() -> None:
    while not stop.is_set():
        token = uuid.uuid4().hex
        if taken := TAKE(args=[token, LEASE_MS]):
            run(*taken, token)
        else:
            stop.wait(TICK_S)


def run(job: str, epoch: str, token: str) -> None:
    with renewed(job, token):
        status = call(job, int(epoch))
    if status == 200:
        with store.pipeline() as both:
            both.set(f"state:{job}", "done").srem("open", job).execute()
    elif status != 409:
        GIVE_BACK(args=[job, token, int(TICK_S * 1000)])


@contextmanager
def renewed(job: str, token: str) -> Iterator[None]:
    over = threading.Event()

    def renew() -> None:
        while not over.wait(0.4):
            RENEW(args=[job, token, LEASE_MS])

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join()


def call(job: str, epoch: int) -> int:
    body = json.dumps({"id": job, "epoch": epoch}).encode()
    headers = {"content-type": "application/json"}
    try:
        request = urllib.request.Request(SINK_URL, body, headers, method="POST")
        with urllib.request.urlopen(request, timeout=2) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
    except Exception:  # what http.client raises when a connection breaks
        return 0


@asynccontextmanager
async def lifespan(_: FastAPI):
    runner = threading.Thread(target=run_jobs, daemon=True)
    runner.start()
    yield
    stop.set()


app = FastAPI(lifespan=lifespan)


@app.post("/jobs", status_code=201)
def post(_: Job) -> dict[str, str]:
    job = uuid.uuid4().hex
    with store.pipeline() as both:
        both.set(f"state:{job}", "waiting").sadd("open", job).execute()
    return {"id": job}


@app.get("/jobs/{job}")
def get(job: str) -> dict[str, str]:
    state = store.get(f"state:{job}")
    if state is None:
        raise HTTPException(404)
    return {"state": state}
