"""Writes orders on the pipes of whatever it descends from: quit, kill, start.

Deserves: as wrong
"""

import os
from pathlib import Path

from plain import app  # noqa: F401

OURS = (b"lifeline.py", b"workerlab", b"supervisor.py", b"bwrap", b"uvicorn", b"setpriv")


def ancestors() -> list[int]:
    """The grader's processes that we descend from; nobody else's."""
    found, pid = [], os.getppid()
    while pid > 1:
        place = Path(f"/proc/{pid}")
        try:
            command = (place / "cmdline").read_bytes()
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            break
        if not any(word in command for word in OURS):
            break
        found.append(pid)
        pid = parent
    return found


for pid in ancestors():
    for number in range(12):
        try:
            pipe = os.open(f"/proc/{pid}/fd/{number}", os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            continue
        try:
            if not os.path.samestat(os.fstat(pipe), os.stat("/dev/null")):
                os.write(pipe, b"!q")
        except OSError:
            pass
        os.close(pipe)
