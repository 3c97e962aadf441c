"""Counters that lose in ways that are no lost update, by WAY."""

import os

import redis
from fastapi import FastAPI

store = redis.from_url(os.environ["PLACE"])
WAY = os.environ["WAY"]
app = FastAPI()
own = {"count": 0}


@app.post("/increment")
def increment():
    return {"count": WAYS[WAY]()}


def swallows_a_refusal() -> int:
    """Another one has changed the count meanwhile: nothing is written, and nothing is said."""
    with store.pipeline() as pipe:
        pipe.watch("n")
        count = int(pipe.get("n") or 0) + 1
        pipe.multi()
        pipe.set("n", count)
        try:
            pipe.execute()
        except redis.WatchError:
            pass
    return count


def answers_too_late() -> int:
    store.incr("n")
    return int(store.get("n"))


def writes_a_cache_in_the_wrong_order() -> int:
    count = store.incr("all")
    store.set("n", count)
    return count


def counts_for_itself() -> int:
    own["count"] += 1
    return own["count"]


WAYS = {
    way.__name__: way
    for way in (
        swallows_a_refusal,
        answers_too_late,
        writes_a_cache_in_the_wrong_order,
        counts_for_itself,
    )
}


@app.get("/report")
def report():
    return {"count": own["count"] if WAY == "counts_for_itself" else int(store.get("n") or 0)}


@app.post("/reset")
def reset():
    store.flushdb()
    own["count"] = 0
    return {"count": 0}
