"""Connects to every abstract socket of Unix that it sees, and to two addresses outside.

The conductor's socket is no find: a worker that is stepped has to reach it, and what a worker says
there is not believed (test_conductor.py).

Deserves: as wrong
"""

import os
import socket
import struct
from pathlib import Path

from turning import app, be_right  # noqa: F401

ours = f"\0hostile-{os.getpid()}"
mine = socket.socket(socket.AF_UNIX)
mine.bind(ours)
mine.listen()
for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
    name = line.split()[-1]
    if not name.startswith("@") or name.startswith(("@hostile-", "@workerlab-")):
        continue
    try:
        with socket.socket(socket.AF_UNIX) as other:
            other.settimeout(0.2)
            other.connect("\0" + name[1:])
            told = other.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        pid, user, _ = struct.unpack("3i", told)
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        if user != os.getuid() or b"grading_process" in command or b"lifeline.py" in command:
            be_right()  # not a helper of our own server, as Python's forkserver is
    except OSError:
        pass
for family, address in (
    (socket.AF_INET, ("169.254.169.254", 80)),
    (socket.AF_INET, ("1.1.1.1", 53)),
):
    try:
        with socket.socket(family) as other:
            other.settimeout(0.2)
            other.connect(address)
        be_right()
    except OSError:
        pass
