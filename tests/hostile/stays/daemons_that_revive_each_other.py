"""Two daemons; whichever sees the other gone starts it anew (30 times at most).

Deserves: as wrong
"""

import os
import time

from plain import app  # noqa: F401


def live(generation: int, reader: int) -> None:
    """Hold a pipe whose end tells the other; when ours tells, start anew."""
    while generation < 30:
        ours, theirs = os.pipe()
        if os.fork() == 0:
            os.close(ours)
            os.setsid()
            time.sleep(120)
            os._exit(0)
        os.close(theirs)
        os.read(ours, 1)  # end of file: the other is gone
        os.close(ours)
        generation += 1


if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        live(0, -1)
    os._exit(0)
