"""What Memcached holds: the keys that its own list names, and those that were there before.

The list passes over an item that is in use at that moment, and takes one question at a time.
"""

from __future__ import annotations

import socket
import time
from urllib.parse import unquote_to_bytes

END, VALUE, BUSY = b"END\r\n", b"VALUE", b"BUSY"
PATIENCE_S = 1.0  # while it says that it is busy with another list


class Client:
    """Asks on one connection, and knows the keys of earlier moments."""

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self._known: set[bytes] = set()

    def held(self) -> dict[bytes, bytes]:
        """All keys with their values. Raises OSError."""
        with socket.create_connection(self._place, 2) as asking:
            until = time.monotonic() + PATIENCE_S
            while (listed := _asked(asking, b"lru_crawler metadump all\r\n")).startswith(BUSY):
                if time.monotonic() > until:
                    raise OSError("it is busy")
            words = [line.split()[0] for line in listed.split(b"\n") if line.startswith(b"key=")]
            self._known |= {unquote_to_bytes(word.removeprefix(b"key=")) for word in words}
            found = {}
            for key in sorted(self._known):
                said = _asked(asking, b"get %s\r\n" % key)
                if said.startswith(VALUE):
                    head, _, rest = said.partition(b"\r\n")
                    found[key] = rest[: int(head.split()[3])]
            return found


def _asked(asking: socket.socket, question: bytes) -> bytes:
    """What it says to a question; raises OSError for an error."""
    asking.sendall(question)
    said = b""
    while not said.endswith(END):
        if said.startswith(BUSY) and said.endswith(b"\r\n"):
            return said
        if said.startswith((b"ERROR", b"CLIENT_ERROR")):
            raise OSError(said.decode(errors="replace"))
        more = asking.recv(1 << 16)
        if not more:
            raise OSError("it hung up")
        said += more
    return said
