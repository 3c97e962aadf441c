"""Daemons in sessions and groups of their own, who ignore signals and hold Redis, files and pipes.

Deserves: as wrong
"""

import os
import signal

from plain import app  # noqa: F401

for number in range(10):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setsid()
            for one in range(1, 65):
                try:
                    signal.signal(one, signal.SIG_IGN)
                except (OSError, ValueError):
                    pass
            held = open(f"/dev/shm/hostile-daemons_in_new_sessions-{os.getpid()}", "w")
            while True:
                signal.pause()
        os._exit(0)
while True:
    try:
        os.waitpid(-1, os.WNOHANG)
        break
    except ChildProcessError:
        break
