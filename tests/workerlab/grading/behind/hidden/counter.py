"""A counter on Redis whose steps no gate sees; STEPS says how they are taken."""

import contextvars
import os
import threading
import time

from fastapi import FastAPI
from redis import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
TEXT = """
def frozen(store):
    n = int(store.get("count") or 0) + 1
    store.set("count", n)
    return n
def locked(store):
    with store.lock("lock", timeout=5, sleep=0.01):
        return frozen(store)
def when_alone(store):
    if store.incr("inside") > 1 or store.exists("crowd"):
        store.set("crowd", 1, px=1500)
    try:
        return store.incr("count") if store.exists("crowd") else frozen(store)
    finally:
        store.decr("inside")
def right(store):
    return store.incr("count")
def mapped(store):
    return [n for n in map(lambda key: store.set(key, int(store.get(key) or 0) + 1)
            and int(store.get(key)), ["count"])][0]
def slow(store):
    n = int(store.get("count") or 0) + 1
    sleep(0.005)
    store.set("count", n)
    return n
def counted_apart(store):
    n = store.incr("count")
    store.incr("copy")
    return n
"""
space: dict = {"sleep": time.sleep}
exec(compile(TEXT, "<frozen counter>", "exec"), space)
STEPS = os.environ["STEPS"]
asked, answers = threading.Semaphore(0), []


def older_thread() -> None:
    while True:
        asked.acquire()
        answers.append(space["frozen"](store))


if STEPS == "older_thread":
    threading.Thread(target=older_thread, daemon=True).start()


@app.post("/increment")
def increment() -> dict[str, int]:
    if STEPS == "older_thread":
        asked.release()
        while not answers:
            pass
        return {"count": answers.pop()}
    if STEPS == "context":
        return {"count": contextvars.Context().run(space["frozen"], store)}
    return {"count": space[STEPS](store)}


@app.get("/report")
def report() -> dict[str, int]:
    count, copy = int(store.get("count") or 0), store.get("copy")
    return {"count": count if STEPS != "counted_apart" else min(count, int(copy or 0))}


@app.post("/reset")
def reset() -> dict[str, int]:
    store.mset({"count": 0, "copy": 0})
    return {"count": 0}
