"""A letter that is to be sent once: marked first, sent first, or sent with a key."""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

LETTER = "we are open"
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
app = FastAPI()


@app.post("/mark-first")
async def mark_first() -> None:
    is_new = await store.sadd("sent", LETTER)
    if is_new:
        await store.rpush("letters", LETTER)


@app.post("/send-first")
async def send_first() -> None:
    if not await store.sismember("sent", LETTER):
        await store.rpush("letters", LETTER)
        await store.sadd("sent", LETTER)


print_once = store.register_script("""
return redis.call('SADD', KEYS[2], ARGV[1]) == 1 and redis.call('RPUSH', KEYS[1], ARGV[1])
""")


@app.post("/with-a-key")
async def with_a_key() -> None:
    if not await store.sismember("sent", LETTER):
        await print_once(["letters", "printed"], [LETTER])
        await store.sadd("sent", LETTER)


@app.get("/letters")
async def letters() -> dict[str, int]:
    return {"letters": await store.llen("letters")}


@app.post("/reset")
async def reset() -> None:
    await store.delete("sent", "letters", "printed")
