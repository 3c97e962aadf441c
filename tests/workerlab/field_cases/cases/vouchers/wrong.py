"""Vouchers, each for one person.

Cut from https://github.com/Hacktoberfest/hacktoberfest-2020/issues/415 (2019-11-06): the next voucher
is looked at, given away, and then removed. Two people get the same one.
"""

import os

from fastapi import FastAPI, HTTPException
from redis import Redis

app = FastAPI()
redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.put("/vouchers")
def stock(codes: list[str]):
    with redis.pipeline() as pipe:
        pipe.delete("vouchers", "given").rpush("vouchers", *codes).execute()
    return len(codes)


@app.post("/people/{name}/voucher")
def assign(name: str):
    code = redis.lindex("vouchers", 0)
    if code is None:
        raise HTTPException(404, "no voucher is left")
    redis.hset("given", name, code)
    redis.lrem("vouchers", 1, code)
    return {"code": code}


@app.get("/vouchers")
def left():
    return {"left": redis.llen("vouchers"), "given": redis.hgetall("given")}
