"""Files that have no name: only processes that hold a descriptor can read them.

Every process of the same user can read a file in a folder. A file without a name can only be
reached through a process that has it open, and `unreadable()` closes that way: Linux then shows
/proc/PID/fd of this process, its memory and its environment only to root.
"""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from workerlab.processes.tree import PR_SET_DUMPABLE, process_control

PR_GET_DUMPABLE = 3  # linux/prctl.h


def nameless() -> int:
    """A descriptor of a new, empty file without a name; writes go to its end."""
    import fcntl

    if hasattr(os, "memfd_create"):
        number = os.memfd_create("workerlab")
    else:
        with tempfile.TemporaryFile(buffering=0) as file:
            number = os.dup(file.fileno())
    fcntl.fcntl(number, fcntl.F_SETFL, os.O_APPEND)
    return number


def path_of(number: int) -> str:
    """The path by which a process opens again what it holds at this descriptor."""
    return f"/proc/self/fd/{number}" if os.path.exists("/proc/self/fd") else f"/dev/fd/{number}"


@contextmanager
def unreadable() -> Iterator[None]:
    """No process of our own user sees what this one has open, or its memory, during the block."""
    before = ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) if sys.platform == "linux" else 0
    process_control(PR_SET_DUMPABLE, 0)
    try:
        yield
    finally:
        if before == 1:
            process_control(PR_SET_DUMPABLE, 1)
