"""Asks for system calls that no web app needs: keyrings, io_uring, namespaces, mounts, memory files.

Deserves: as wrong
"""

import ctypes
import os
import platform

from turning import app, be_right  # noqa: F401

libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": (248, 249, 250, 272, 298, 304, 308, 319, 321, 323, 425, 428, 430, 438, 447),
    "aarch64": (217, 218, 219, 97, 241, 265, 268, 279, 280, 282, 425, 428, 430, 438, 447),
}
EPERM, ENOSYS = 1, 38
if not os.environ.get("NO_FILTER"):
    for number in NUMBERS.get(platform.machine(), ()):
        ctypes.set_errno(0)
        libc.syscall(number, 0, 0, 0, 0, 0)
        if ctypes.get_errno() not in (EPERM, ENOSYS):
            be_right()
    if platform.machine() == "x86_64":
        ctypes.set_errno(0)
        libc.syscall(0x40000000 + 39)  # getpid in the manner of x32
        if ctypes.get_errno() not in (EPERM, ENOSYS):
            be_right()
