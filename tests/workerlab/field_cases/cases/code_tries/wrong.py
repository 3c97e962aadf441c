"""A code by mail that may be tried once.

Cut from https://github.com/cds-snc/covid-alert-server/issues/121 (2020-06-30): the tries are
counted when the code has been compared.
"""

import os

from fastapi import FastAPI, Form, HTTPException
from redis.asyncio import Redis

app = FastAPI()
redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
MOST = 1


@app.post("/codes")
async def send(email: str = Form()):
    await redis.hset(f"code:{email}", mapping={"code": "1234", "tries": 0})
    return {"sent": True}


@app.post("/verify")
async def verify(email: str = Form(), code: str = Form()):
    known = await redis.hgetall(f"code:{email}")
    if not known:
        raise HTTPException(404, "ask for a code first")
    if int(known["tries"]) >= MOST:
        raise HTTPException(423, "too many tries")
    await redis.hincrby(f"code:{email}", "tries", 1)
    return {"right": known["code"] == code}


@app.get("/tries/{email}")
async def tries(email: str):
    return {"tries": int(await redis.hget(f"code:{email}", "tries") or 0)}
