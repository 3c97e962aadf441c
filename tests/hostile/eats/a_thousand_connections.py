"""Opens a thousand connections to its own server and to Redis, and holds them.

Deserves: as wrong
"""

import os
import socket
import threading
from urllib.parse import urlsplit

from plain import app

held = []


def connect(port: int) -> None:
    for _ in range(1000):
        try:
            held.append(socket.create_connection(("127.0.0.1", port), timeout=1))
        except OSError:
            return


@app.middleware("http")
async def crowd(request, call_next):
    if not held:
        ports = [request.url.port, urlsplit(os.environ["REDIS_URL"]).port]
        for port in ports:
            threading.Thread(target=connect, args=(port,), daemon=True).start()
    return await call_next(request)
