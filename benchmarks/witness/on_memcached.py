"""What Memcached holds: the keys of which its own list knows."""

from __future__ import annotations

import socket
from urllib.parse import unquote_to_bytes

END, VALUE = b"END\r\n", b"VALUE"


def held(host: str, port: int) -> dict[bytes, bytes]:
    """All keys with their values. Raises OSError."""
    with socket.create_connection((host, port), 2) as asking:
        lines = _asked(asking, b"lru_crawler metadump all\r\n").split(b"\n")
        words = [line.split()[0] for line in lines if line.startswith(b"key=")]
        found = {}
        for key in map(unquote_to_bytes, (word.removeprefix(b"key=") for word in words)):
            said = _asked(asking, b"get %s\r\n" % key)
            if said.startswith(VALUE):
                head, _, rest = said.partition(b"\r\n")
                found[key] = rest[: int(head.split()[3])]
        return found


def _asked(asking: socket.socket, question: bytes) -> bytes:
    asking.sendall(question)
    said = b""
    while not said.endswith(END) and not said.startswith((b"ERROR", b"CLIENT_ERROR", b"BUSY")):
        more = asking.recv(1 << 16)
        if not more:
            raise OSError("it hung up")
        said += more
    if not said.endswith(END):
        raise OSError(said.decode(errors="replace"))
    return said
