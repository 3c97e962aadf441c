"""Ctrl-C, or a notebook's Interrupt, while a burst waits for responses."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading

import pytest

from workerlab.traffic import burst

CLIENTS = 3


class Silent:
    """Accepts connections and answers none; interrupts this process when all have come."""

    def __init__(self) -> None:
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        self.left = threading.Event()  # all clients have hung up
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        lines = [self.door.accept()[0] for _ in range(CLIENTS)]
        for line in lines:
            line.recv(1000)
        os.kill(os.getpid(), signal.SIGINT)
        for line in lines:
            assert line.recv(1000) == b""
            line.close()
        self.left.set()


@pytest.fixture
def silent():
    server = Silent()
    with server.door:
        yield server


def test_an_interrupt_ends_the_burst_and_its_connections(silent):
    with pytest.raises(KeyboardInterrupt):
        burst(silent.url, CLIENTS, CLIENTS, timeout=60)
    assert silent.left.wait(30)


def test_so_it_does_inside_a_running_event_loop(silent):
    async def cell() -> None:
        with pytest.raises(KeyboardInterrupt):
            burst(silent.url, CLIENTS, CLIENTS, timeout=60)

    loop = asyncio.new_event_loop()  # not asyncio.run, which keeps SIGINT to itself
    loop.run_until_complete(cell())
    loop.close()
    assert silent.left.wait(30)
