"""Asks Redis for much, in huge pipelines, and reads nothing of it; or wants no reply at all.

Deserves: as wrong
"""

import os
import socket
import threading
from urllib.parse import urlsplit

from plain import app  # noqa: F401

place = urlsplit(os.environ["REDIS_URL"])
BIG = b"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$1000000\r\n" + b"x" * 1_000_000 + b"\r\n"
GET = b"*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n"


def ask() -> None:
    try:
        with socket.create_connection((place.hostname, place.port)) as line:
            line.sendall(BIG + GET * 1500)  # 1.5 GB that nobody reads
            threading.Event().wait()
    except OSError:
        pass


def pour() -> None:
    try:
        with socket.create_connection((place.hostname, place.port)) as line:
            line.sendall(b"*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$3\r\nOFF\r\n")
            for _ in range(5000):
                line.sendall(BIG)
            line.sendall(b"*100000000\r\n$1000000000\r\n" + b"x" * 400_000_000)
    except OSError:
        pass


for action in (ask, ask, pour):
    threading.Thread(target=action, daemon=True).start()
