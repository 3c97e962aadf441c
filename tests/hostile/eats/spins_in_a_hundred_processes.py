"""A hundred processes that keep the processors busy, for 40 s.

Deserves: as wrong
"""

import os
import time

from plain import app  # noqa: F401

for _ in range(50):
    if os.fork() == 0:
        until = time.monotonic() + 40
        while time.monotonic() < until:
            pass
        os._exit(0)
