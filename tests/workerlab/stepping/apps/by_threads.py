"""A racy counter whose endpoint hands its work over: HOW says to what."""

import asyncio
import os
import queue
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI
from stores import store

app = FastAPI()
HOW = os.environ["HOW"]
pool = ThreadPoolExecutor(1)
pool.submit(int).result()  # its thread is there before any request


def up() -> int:
    count = store.read()
    store.write(count + 1)
    return count + 1


def in_a_text() -> int:
    space = {"up": up, "store": store}
    exec("count = store.read()\nstore.write(count + 1)\ncount += 1", space)
    return space["count"]


def in_a_new_thread() -> int:
    answers: queue.Queue[int] = queue.Queue()
    threading.Thread(target=lambda: answers.put(up())).start()
    return answers.get()


def without_a_tracer() -> int:
    try:
        sys.settrace(None)
    except RuntimeError:
        pass
    return up()


WAYS = {
    "the loop's executor": lambda: asyncio.get_running_loop().run_in_executor(None, up),
    "a pool": lambda: asyncio.wrap_future(pool.submit(up)),
    "a new thread": lambda: asyncio.to_thread(in_a_new_thread),
    "a text": lambda: asyncio.to_thread(in_a_text),
    "an untraced thread": lambda: asyncio.to_thread(without_a_tracer),
}


@app.post("/increment")
async def increment():
    return {"count": await WAYS[HOW]()}


@app.get("/report")
def report():
    return {"count": store.read()}


@app.post("/reset")
def reset():
    store.write(0)
    return {"count": 0}
