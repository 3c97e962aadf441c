"""UltraDict: read then write, or both under its shared lock."""

import fcntl
import os
import threading

from serving import serve
from UltraDict import UltraDict

with open(os.environ["STATE_FILE"], "w") as door:  # two workers that create it at once fail
    fcntl.flock(door, fcntl.LOCK_EX)
    store = UltraDict(name=os.environ["STATE_NAME"], shared_lock=True, create=None)
threads = threading.Lock()
store.setdefault("count", 0)


def report():
    return store["count"]


def reset():
    store["count"] = 0
    return 0


def racy():
    store["count"] = store["count"] + 1
    return store["count"]


def lock():
    with store.lock:  # held by a process: threads of one worker pass it together
        store["count"] += 1
        return store["count"]


def both_locks():
    with threads, store.lock:
        store["count"] += 1
        return store["count"]


app = serve(globals()[os.environ["FIX"]], report, reset)
