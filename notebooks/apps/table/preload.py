"""gunicorn --preload: one Manager, made before the fork; a lock on a file for each request."""

import fcntl
import os
from multiprocessing import get_context

from contract import serve

path = os.environ["STATE_FILE"]
store = get_context("fork").Manager().dict(count=0)


def increment() -> int:
    with open(path, "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        count = store["count"] + 1
        store["count"] = count
    return count


def report() -> int:
    return store["count"]


def reset() -> int:
    with open(path, "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        store["count"] = 0
    return 0


app = serve(increment, report, reset)
