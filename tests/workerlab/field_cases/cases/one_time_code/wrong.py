"""A code in a message with which somebody signs in, once.

Cut from https://github.com/majiayu000/litellm-rs/issues/61 (2026-03-13): the token is found, and marked
as used afterwards. Two requests may both have found it.
"""

import os
import uuid

from fastapi import FastAPI, Form, HTTPException
from redis.asyncio import Redis

app = FastAPI()
redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.post("/codes")
async def send(email: str = Form()):
    code = uuid.uuid4().hex[:6]
    await redis.set(f"code:{email}", code, ex=900)
    return {"code": code}  # a mail, in earnest


@app.post("/sign-in")
async def sign_in(email: str = Form(), code: str = Form()):
    if await redis.get(f"code:{email}") != code:
        raise HTTPException(401, "wrong code")
    await redis.delete(f"code:{email}")
    session = uuid.uuid4().hex
    await redis.sadd(f"sessions:{email}", session)
    return {"session": session}


@app.get("/sessions/{email}")
async def sessions(email: str):
    return {"sessions": await redis.scard(f"sessions:{email}")}
