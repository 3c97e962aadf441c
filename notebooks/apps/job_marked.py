"""A letter that is to be sent once: marked first, sent first, or sent with a key."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
app = FastAPI()


@app.post("/mark-first")
async def mark_first() -> None:
    if await store.set("sent", "yes", nx=True):
        await store.incr("letters")


@app.post("/send-first")
async def send_first() -> None:
    if not await store.get("sent"):
        await store.incr("letters")
        await store.set("sent", "yes")


print_once = store.register_script("""
return redis.call('SADD', KEYS[2], ARGV[1]) == 1 and redis.call('INCR', KEYS[1])
""")


@app.post("/with-a-key")
async def with_a_key() -> None:
    if not await store.get("sent"):
        await print_once(["letters", "printed"], ["letter of today"])
        await store.set("sent", "yes")


@app.get("/letters")
async def letters() -> dict[str, int]:
    return {"letters": int(await store.get("letters") or 0)}


@app.post("/reset")
async def reset() -> None:
    await store.delete("sent", "letters", "printed")
