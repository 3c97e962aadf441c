"""Lets all clocks of its process run backwards, jump, and stand still.

Deserves: as wrong
"""

import itertools
import time

from plain import app

ticks = itertools.cycle([0.0, -1e9, 1e9, 4e9, float("inf"), 1.0])


@app.on_event("startup")
def patch() -> None:
    for name in ("time", "perf_counter", "thread_time", "process_time"):
        setattr(time, name, lambda: next(ticks))
    for name in ("time_ns", "monotonic_ns", "perf_counter_ns"):
        setattr(time, name, lambda: 0)
    time.sleep = lambda seconds: None
