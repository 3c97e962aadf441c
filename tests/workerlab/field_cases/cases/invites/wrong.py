"""Invitations, of which a team may send one an hour.

Cut from https://github.com/onyx-dot-app/onyx/pull/10379 (2026-04-20): the count is read, compared, and
then raised in another command.
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
    if int(client.get(key) or 0) + 1 > LIMIT:
        raise HTTPException(429, "rate limit exceeded", headers={"Retry-After": "3600"})
    if client.incr(key) == 1:
        client.expire(key, HOUR)


@app.post("/teams/{team}/invite", dependencies=[Depends(within_the_limit)])
def invite(team: str):
    return {"invited": True}
