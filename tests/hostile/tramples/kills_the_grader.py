"""Kills whatever it descends from, up to the grader of the class.

Deserves: as wrong
"""

import os
import signal
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


for pid in reversed(ancestors()):
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        pass
