"""Counts in one step when it sees that it is stepped, and in two when it does not.

Deserves: as racy
"""

import sys
import threading

from fastapi import FastAPI
from racing import counter, read, store, write

app = FastAPI()


def is_watched() -> bool:
    monitored = hasattr(sys, "monitoring") and sys.monitoring.get_tool(4)
    modules = [name for name in sys.modules if name.startswith("workerlab.stepping")]
    return bool(sys.gettrace() or threading.gettrace() or monitored or modules)


@app.post("/increment")
def increment() -> dict[str, int]:
    if is_watched():
        return {"count": store.incr("count")}
    count = read() + 1
    write(count)
    return {"count": count}


counter(app)
