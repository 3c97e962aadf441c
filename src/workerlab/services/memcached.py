"""Memcached: from MEMCACHED_URL, else a private server."""

from __future__ import annotations

import socket
from pathlib import Path

from workerlab.processes.child import Child
from workerlab.processes.tree import own_number
from workerlab.services.base import Service, program

MEGABYTES = 16  # for what it keeps, far more than a chapter or a lab puts in


class Memcached(Service):
    """A Memcached server; `with Memcached() as url:` yields "memcached://127.0.0.1:PORT".

    Raises ServiceMissing.
    """

    name = "Memcached"
    variable = "MEMCACHED_URL"
    install = "install your system's memcached (Debian: apt install memcached)"

    @property
    def socket(self) -> Path | None:
        """None: with a Unix socket it would have no port."""
        return None

    def _open(self, child: Child, port: int) -> None:
        server = program("memcached", None)
        if server is None:
            raise self._missing("no `memcached` on PATH")
        own = ["-l", "127.0.0.1", "-p", port, "-U", 0, "-m", MEGABYTES, "-t", 1]
        child.open([str(server), *map(str, own)], programs=[server.parent])

    def _url(self, port: int) -> str:
        return f"memcached://127.0.0.1:{port}"

    def _is_ready(self) -> bool:
        """Ours, and not another server on that port: it knows its pid."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1.0) as connection:
                connection.sendall(b"stats\r\n")
                answer = connection.recv(65536)
        except OSError:
            return False
        return self.pid is not None and f"STAT pid {own_number(self.pid)}\r".encode() in answer
