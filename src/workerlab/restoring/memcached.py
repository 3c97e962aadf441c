"""A Memcached server without its data: it starts empty, and is emptied again."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from workerlab.errors import NotReady

ANSWER_S = 5.0


@dataclass
class MemcachedData:
    """What is in the server at `url`, which must be one of ours."""

    url: str
    name: str = "Memcached"

    def take(self) -> None:
        """Nothing: what an app puts into a cache at its start, it must do without later."""

    def put_back(self) -> None:
        """Empty it. Raises NotReady when it does not answer."""
        place = urlsplit(self.url)
        address = (place.hostname or "127.0.0.1", place.port or 11211)
        with socket.create_connection(address, ANSWER_S) as line:
            line.sendall(b"flush_all\r\n")
            if line.recv(64) != b"OK\r\n":
                raise NotReady("Memcached did not empty itself", "give a --reset-command")

    def close(self) -> None:
        """Nothing is open."""
