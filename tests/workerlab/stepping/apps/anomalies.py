"""Anomalies on Redis, each on its own, and faults that only look like them."""

import os

import redis
from fastapi import FastAPI, HTTPException

store = redis.from_url(os.environ["PLACE"], decode_responses=True)
app = FastAPI()
here = {"version": None, "count": 0}  # of this worker


def number(key: str) -> int:
    return int(store.get(key) or 0)


@app.post("/reset")
def reset():
    store.flushdb()
    store.mset({"a": 1, "b": 1, "on": 0, "balance": 100, "seats": 1})
    return {"count": 0}


# -- lost updates ------------------------------------------------------------------------------


@app.post("/withdraw")
def withdraw():
    balance = number("balance")
    store.set("balance", balance - 5)
    return {"done": True}


@app.get("/balance")
def balance():
    return {"balance": number("balance")}


@app.post("/buy")
def buy():
    seats = number("seats")
    if seats < 1:
        raise HTTPException(409)
    store.decr("seats")  # atomic, and too late
    return {"done": True}


@app.get("/seats")
def seats():
    return {"seats": number("seats")}


@app.post("/log-and-withdraw")
def log_and_withdraw():
    """Two things at once: which of them went wrong cannot be told."""
    balance = number("balance")
    store.set("balance", balance - 5)
    entries = number("entries")
    store.set("entries", entries + 1)
    return {"done": True}


# -- reads of what is not whole ----------------------------------------------------------------


@app.post("/work")
def work():
    store.set("on", 1)
    store.set("on", 2)
    return {"done": True}


@app.post("/work-on-hash")
def work_on_hash():
    store.hset("job", "x", 1)
    store.hset("job", "y", 1)
    return {"done": True}


@app.get("/hash")
def whole_hash():
    return {"job": store.hgetall("job")}


@app.get("/on")
def on():
    return {"on": number("on")}


@app.post("/move")
def move():
    store.set("a", 0)
    store.set("b", 2)
    return {"done": True}


@app.get("/both")
def both():
    a = number("a")
    b = number("b")
    return {"a": a, "b": b}


@app.post("/move-slowly")
def move_slowly():
    store.set("a", 7)
    store.set("b", 2)
    store.set("a", 0)
    return {"done": True}


# -- write skew --------------------------------------------------------------------------------


def leave(own: str, other: str) -> dict:
    """One of the two has to stay."""
    if number(other) < 1:
        raise HTTPException(409)
    store.set(own, 0)
    return {"done": True}


@app.post("/leave-a")
def leave_a():
    return leave("a", "b")


@app.post("/leave-b")
def leave_b():
    return leave("b", "a")


@app.post("/leave-a-noted")
def leave_a_noted():
    done = leave("a", "b")
    store.set("last", "a")
    return done


@app.post("/leave-b-noted")
def leave_b_noted():
    done = leave("b", "a")
    store.set("last", "b")
    return done


# -- twice -------------------------------------------------------------------------------------


@app.post("/charge")
def charge():
    if store.get("charged") is None:
        store.incrby("paid", 5)
        store.set("charged", 1)
    return {"done": True}


@app.get("/paid")
def paid():
    return {"paid": number("paid")}


# -- counters ----------------------------------------------------------------------------------


@app.post("/increment")
def increment():
    """Counts well, and may take the version back: then one worker does not look again."""
    count = store.incr("count")
    store.set("version", count)
    here.update(version=str(count), count=count)
    return {"count": count}


@app.get("/report")
def report():
    version = store.get("version")
    if version != here["version"]:
        here.update(version=version, count=number("count"))
    return {"count": here["count"]}
