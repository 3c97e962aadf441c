"""A cable to a store that can be cut: data sent meanwhile waits, without an error.

Where network namespaces cannot be had, a forwarder stands in for the wire between two hosts. Cut,
it neither responds nor hangs up, as a real network does not either; restored, it delivers what
was sent meanwhile, late, as TCP does when it sends again.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Event, Thread

CHUNK = 65536


class Cable:
    """Forwards 127.0.0.1:`port` to host:to until it is cut."""

    def __init__(self, host: str, to: int) -> None:
        self.store = (host, to)
        self._whole = Event()
        self._whole.set()
        self._closed = False
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._accepting = Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def cut(self) -> None:
        """From now on nothing arrives at either side."""
        self._whole.clear()

    def reconnect(self) -> None:
        """Deliver what waits, and what comes."""
        self._whole.set()

    def close(self) -> None:
        """Hang up everywhere."""
        self._closed = True
        self._whole.set()
        for end in (self._listener, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        for end in (self._listener, *self._ends):
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed: no connection comes any more
            while True:
                app, _ = self._listener.accept()
                self._ends.append(app)
                Thread(target=self._connect, args=(app,), daemon=True).start()

    def _connect(self, app: socket.socket) -> None:
        self._whole.wait()
        with suppress(OSError):
            if self._closed:
                return
            store = socket.create_connection(self.store)
            self._ends.append(store)
            Thread(target=self._carry, args=(store, app), daemon=True).start()
            self._carry(app, store)

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                self._whole.wait()
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
