"""UltraDict: read then write, or both under its shared lock."""

import os

from serving import serve
from UltraDict import UltraDict

store = UltraDict(name=os.environ["STATE_NAME"], shared_lock=True, create=None)
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
    with store.lock:
        store["count"] += 1
        return store["count"]


app = serve(globals()[os.environ["FIX"]], report, reset)
