"""The first worker of a warm server: a process of its own, that starts while its parent does.

The other workers are forked from one process, and so they have something in common that workers
of uvicorn do not: Python's secret for the hashes of texts, so that `hash("seat 1")` is the same in
all. An app that names a lock by such a hash would pass. The first worker is a new Python, and has
another secret; it imports its libraries while its parent does the same. That costs as much as all
the rest of a start, so it is left out for an app that cannot tell: see `telling`.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import sys
from contextlib import suppress
from multiprocessing import util

from workerlab.servers.as_new import close_all_but, run_as_new

LONGEST = 65_536  # bytes of an order
MOST_FDS = 64
FREE = 512  # from here on no descriptor has been given out yet
PROGRAM = "from workerlab.servers.first_worker import main; main({})"


class FirstWorker:
    """The parent's side: the process runs from now on, and waits for what it is to be."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            command = [sys.executable, "-c", PROGRAM.format(number), str(number)]
            self._pid = util.spawnv_passfds(os.fsencode(sys.executable), command, [number])

    def become(self, command: list[str], fds: list[int]) -> int | None:
        """Let it be what this command would be with these descriptors; its pid.

        None when it has died meanwhile.
        """
        order = json.dumps({"command": command, "fds": fds}).encode()
        with self._line as line:
            try:
                socket.send_fds(line, [order], fds)
            except OSError:
                with suppress(ChildProcessError):
                    os.waitpid(self._pid, 0)
                return None
        return self._pid


def main(line: int) -> None:
    """The process itself: its libraries, then what it is told to be."""
    from workerlab.servers.preload import preload

    preload()
    with socket.socket(fileno=line) as theirs:
        order, given, _, _ = socket.recv_fds(theirs, LONGEST, MOST_FDS)
    if not order:  # the parent does not need us, or has died
        return
    told = json.loads(order)
    high = [fcntl.fcntl(number, fcntl.F_DUPFD, FREE) for number in given]
    for source, target in zip(high, told["fds"], strict=True):
        os.dup2(source, target)
    close_all_but(told["fds"])
    run_as_new(told["command"])
