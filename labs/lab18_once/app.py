"""Jobs that are called once. Each worker has its own jobs, and forgets them: fix it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import httpx
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

TICK_S = int(os.environ["TICK_MS"]) / 1000
SINK_URL = os.environ["SINK_URL"]

states: dict[int, str] = {}
numbers = count(1)


class Job(BaseModel):
    name: str


async def run_jobs() -> None:
    async with httpx.AsyncClient(timeout=2.0) as sink:
        while True:
            for job in [job for job, state in states.items() if state == "waiting"]:
                states[job] = "running"
                await sink.post(SINK_URL, json={"id": job, "epoch": 1})
                states[job] = "done"
            await asyncio.sleep(TICK_S)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    runner = asyncio.create_task(run_jobs())
    yield
    runner.cancel()


app = FastAPI(lifespan=lifespan)


@app.post("/jobs", status_code=201)
async def post(job: Job) -> dict[str, int]:
    number = next(numbers)
    states[number] = "waiting"
    return {"id": number}


@app.get("/jobs/{number}")
async def get(number: int) -> dict[str, str]:
    if number not in states:
        raise HTTPException(404)
    return {"state": states[number]}
