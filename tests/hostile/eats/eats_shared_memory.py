"""Fills /dev/shm (with 2 GB, if it may).

Deserves: as wrong
"""

import os

from plain import app  # noqa: F401

try:
    with open(f"/dev/shm/hostile-eats_shared_memory-{os.getpid()}", "wb") as file:
        for _ in range(1000):
            file.write(b"x" * 1_000_000)
except OSError:
    pass
