"""Signed messages, each of which may come once.

Cut from https://github.com/webrenew/memories/issues/396 (2026-03-02): whether a message is new, and
remembering it, are two commands. SADD does both.
"""

import os

import redis
from fastapi import Body, FastAPI, HTTPException

app = FastAPI()
r = redis.Redis(connection_pool=redis.ConnectionPool.from_url(os.environ["REDIS_URL"]))


@app.post("/messages")
def receive(nonce: str = Body(), amount: int = Body()):
    if not r.sadd("nonces", nonce):
        raise HTTPException(409, "seen before")
    return {"balance": r.incrby("balance", amount)}


@app.get("/balance")
def balance():
    return {"balance": int(r.get("balance") or 0)}
