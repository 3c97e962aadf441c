"""Attaches to whatever it descends from as a debugger would (ptrace).

Deserves: as wrong
"""

import ctypes
import os
from pathlib import Path

from turning import app, be_right  # noqa: F401

SEIZE, DETACH = 0x4206, 17
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
pid = os.getppid()
while pid > 1:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        break
    if any(word in command for word in (b"grading_process", b"lifeline.py", b"supervisor.py")):
        if libc.ptrace(SEIZE, pid, None, None) == 0:
            be_right()
    pid = parent
