"""A client of another service, made when it is first needed, on one worker.

Cut from https://github.com/mikesvoboda/nemotron-v3-home-security-intelligence/issues/5723
(2026-02-01): two tasks see that there is none yet, and each makes one. Here they queue for a lock.
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
_client: dict | None = None
_lock = asyncio.Lock()
opened = 0


async def connect() -> dict:
    global opened
    opened += 1
    number = opened
    await asyncio.sleep(0.005)
    return {"connection": number}


async def client() -> dict:
    global _client
    if _client is None:
        async with _lock:
            if _client is None:
                _client = await connect()
    return _client


@app.get("/ask")
async def ask():
    return await client()


@app.get("/opened")
async def how_many():
    return {"opened": opened}


@app.delete("/client", status_code=204)
async def close():
    global _client, opened
    _client, opened = None, 0
