"""Stops (SIGSTOP) every process that it sees but itself: lifelines, stores, workers, bubblewrap.

Deserves: as wrong
"""

import os
import signal
import threading
from pathlib import Path

from plain import app


def stop() -> None:
    for _ in range(200):
        for folder in Path("/proc").glob("[0-9]*"):
            pid = int(folder.name)
            if pid in (1, os.getpid()):
                continue
            try:
                os.kill(pid, signal.SIGSTOP)
            except OSError:
                pass
        threading.Event().wait(0.05)


@app.on_event("startup")
def begin() -> None:
    if Path("/proc/1/cmdline").read_bytes().find(b"bwrap") >= 0:  # only where nobody else is
        threading.Timer(0.5, stop).start()
