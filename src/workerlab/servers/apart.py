"""An instance that is as if on another machine: a network, a /tmp and a /dev/shm of its own.

Two instances of a service on one machine may meet by ways that two machines do not have: a file
in /tmp, a segment of memory, a port on the loopback. A check that asks whether instances share
what they must share by way of their store alone serves one of them apart. That needs Linux's
namespaces: of a sandbox, or our own. Where there are none, an instance that asks to be apart is
served like any other, and `possible()` says so.

The stores are still there, at the same addresses: forwarded, from the network of the instance to
ours. The forwarding is done by the grader's process, outside of what the submission can reach.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any

from workerlab.network.delay import Link
from workerlab.processes.ports import LOCAL
from workerlab.processes.sandbox import python

SCRIPT = Path(__file__).with_name("elsewhere.py")
TRY_S = 20.0  # seconds for a try


@cache
def possible() -> bool:
    """Whether a process of ours may leave for namespaces of its own. Tried out once."""
    if sys.platform != "linux":
        return False
    ours, theirs = socket.socketpair()
    with ours, theirs, tempfile.TemporaryDirectory() as folder:
        words = [str(theirs.fileno()), "127.0.0.1:1", folder, "--", "/bin/true"]
        command = [sys.executable, "-I", "-S", str(SCRIPT), *words]
        try:
            done = subprocess.run(
                command, pass_fds=[theirs.fileno()], capture_output=True, timeout=TRY_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    return done.returncode == 0


class Apart:
    """The doors of one instance to the stores that its settings name.

    env      its settings: every local address in them is forwarded
    folders  what it takes along of our /tmp
    """

    def __init__(self, env: Mapping[str, str], folders: list[Path]) -> None:
        self.folders = folders
        found = {match.groups() for value in env.values() for match in LOCAL.finditer(value)}
        self.places = sorted((host, int(port)) for host, port in found)
        self._line, self._theirs = socket.socketpair()
        self._links: list[Link] = []
        self._receiving = Thread(target=self._receive, daemon=True)
        self._receiving.start()

    @property
    def fd(self) -> int:
        """What the command must be given."""
        return self._theirs.fileno()

    def command(self, command: list[str], *, leave: bool) -> list[str]:
        """The same command, which makes its doors first.

        leave   it leaves our namespaces by itself; else it starts where bubblewrap has put it
        """
        places = ",".join(f"{host}:{port}" for host, port in self.places)
        words = [sys.executable, "-I", "-S", str(SCRIPT), str(self.fd), places]
        along = self._along(leave) if leave else []
        return [*words, *along, "--", *command]

    def order(self, *, leave: bool) -> dict[str, Any]:
        """The same for a process that goes there by itself, as JSON can carry it."""
        places = [f"{host}:{port}" for host, port in self.places]
        return {"fd": self.fd, "places": places, "folders": self._along(leave)}

    def _along(self, leave: bool) -> list[str]:
        """The folders that it takes along; Python's are in each sandbox."""
        return [*map(str, (*self.folders, *(python() if leave else ())))]

    def close(self) -> None:
        """Forward nothing any more."""
        self._theirs.close()
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._receiving.join()
        self._line.close()
        for link in self._links:
            link.close()

    def _receive(self) -> None:
        """Take the doors in as they are made; at each start of the instance there are new ones."""
        with suppress(OSError):
            while True:
                places, fds, _, _ = socket.recv_fds(self._line, 1024, 16)
                if not places:
                    return
                for place, fd in zip(places.decode().split(), fds, strict=True):
                    host, _, port = place.rpartition(":")
                    link = Link(host, int(port), door=socket.socket(fileno=fd))
                    self._links.append(link.start())
