"""Files that are deleted and in flight between two sockets, so that no process holds them open.

Deserves: as wrong
"""

import os
import socket

from plain import app  # noqa: F401

KEPT = []
try:
    for number in range(40):
        one, two = socket.socketpair()
        path = f"/tmp/hostile-hides_memory_in_flight-{os.getpid()}-{number}"
        with open(path, "wb") as file:
            os.unlink(path)
            file.write(bytes(10_000_000))
            socket.send_fds(one, [b"x"], [file.fileno()])
        socket.send_fds(one, [b"y"], [one.fileno(), two.fileno()])  # in flight within itself
        if number % 2:
            KEPT.append((one, two))
        else:
            one.close()
            two.close()
except OSError:
    pass
for number in range(200):
    try:
        one, two = socket.socketpair(type=socket.SOCK_DGRAM)
        one.setblocking(False)
        KEPT.append((one, two))
        while True:
            one.send(bytes(100_000))
    except OSError:
        pass
