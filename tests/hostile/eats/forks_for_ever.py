"""A fork bomb: every child forks as well (it ends at 600, for this machine's sake).

Deserves: as wrong
"""

import mmap
import os
import time

from plain import app  # noqa: F401

MOST = 600
born = mmap.mmap(-1, 4)  # shared with every child

if os.fork() == 0:
    while int.from_bytes(born[:4], "big") < MOST:
        born[:4] = (int.from_bytes(born[:4], "big") + 1).to_bytes(4, "big")
        try:
            os.fork()
        except OSError:
            time.sleep(0.01)
    time.sleep(120)
    os._exit(0)
