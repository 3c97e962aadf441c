"""UltraDict, with its shared lock held over the read and the write."""

import os

from contract import serve
from UltraDict import UltraDict

store = UltraDict(name=os.environ["STATE_NAME"], shared_lock=True, create=None)
store.setdefault("count", 0)


async def increment() -> int:
    with store.lock:
        store["count"] += 1
        return store["count"]


async def report() -> int:
    return store["count"]


async def reset() -> int:
    with store.lock:
        store["count"] = 0
    return 0


app = serve(increment, report, reset)
