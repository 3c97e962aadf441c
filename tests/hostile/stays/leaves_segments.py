"""Leaves shared memory: a file in /dev/shm and a segment of System V.

Deserves: as wrong
"""

import ctypes
import os

from plain import app  # noqa: F401

libc = ctypes.CDLL(None)
libc.shmget(0x48560001, 4096, 0o1666)
try:
    with open(f"/dev/shm/hostile-leaves_segments-{os.getpid()}", "w") as file:
        file.write("here")
except OSError:
    pass
