"""Prints for ever (until 3 GB), from a thread.

Deserves: as wrong
"""

import sys
import threading

from plain import app  # noqa: F401


def flood() -> None:
    line = "hostile " * 12_500 + "\n"
    try:
        for _ in range(30_000):
            sys.stderr.write(line)
    except OSError:
        pass


threading.Thread(target=flood, daemon=True).start()
