"""Invitations, of which a team may send one an hour.

Cut from https://github.com/onyx-dot-app/onyx/pull/10379 (2026-04-20): the count is read, compared, and
then raised in another command. Here it is raised first, and what that answers is compared.
"""

import os

from fastapi import Depends, FastAPI, HTTPException
from redis import Redis

app = FastAPI()
LIMIT, HOUR = 1, 3600


def get_redis():
    with Redis.from_url(os.environ["REDIS_URL"]) as client:
        yield client


def within_the_limit(team: str, client: Redis = Depends(get_redis)):
    key = f"invites:{team}"
    with client.pipeline(transaction=True) as pipe:
        count, _ = pipe.incr(key).expire(key, HOUR, nx=True).execute()
    if count > LIMIT:
        raise HTTPException(429, "rate limit exceeded", headers={"Retry-After": "3600"})


@app.post("/teams/{team}/invite", dependencies=[Depends(within_the_limit)])
def invite(team: str):
    return {"invited": True}
