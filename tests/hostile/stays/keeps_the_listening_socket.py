"""A child that holds the server's listening socket, accepts its requests and answers nothing.

Deserves: as wrong
"""

import os
import socket
import time

from plain import app  # noqa: F401


def sockets() -> list[socket.socket]:
    found = []
    for number in range(3, 256):
        try:
            one = socket.socket(fileno=number)
            listening = one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        except OSError:
            continue
        found.append(one) if listening else one.detach()
    return found


if os.fork() == 0:
    os.setsid()
    until, held = time.monotonic() + 120, []
    listening = sockets()
    for one in listening:
        one.setblocking(False)
    while time.monotonic() < until:
        for one in listening:
            try:
                held.append(one.accept())
            except OSError:
                time.sleep(0.001)
    os._exit(0)
