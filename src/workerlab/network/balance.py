"""Deals out connections: to workers unevenly, as Linux does, and to replicas in turn.

Left to Linux, one worker may take all connections of a burst, most likely on a machine
that is busy, and then a client cannot see that there are others. A verdict must not
depend on that: a `Dealer` deals unevenly, but the same way every time. A `Balancer` is what
stands in front of several machines.
"""

from __future__ import annotations

import asyncio
import random
import resource
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import suppress
from itertools import cycle
from typing import Any, Self, TypeVar

__all__ = ["Balancer", "Dealer", "order"]

BACKLOG = 2048  # connections that may wait, as with uvicorn
FILES = 4096  # that we may have open: two for each connection, and a detective may open 500
CHUNK = 65536  # bytes
T = TypeVar("T")


def order(workers: int, run: int = 0) -> Iterator[int]:
    """The worker that gets the next connection: endless, and the same for the same arguments.

    The first worker alone gets the first `run`. Then, over and over in a new order, the last
    gets one of a hand, the last but one three, then five, and so on: every worker has a share,
    no two shares are alike, and no worker has to wait for longer than two hands.
    """
    yield from [0] * run
    dice = random.Random(workers)
    hand = [place for place in range(workers) for _ in range(2 * (workers - place) - 1)]
    while True:
        dice.shuffle(hand)
        yield from hand


class Balancer:
    """A port that leads to several addresses in turn; a context manager.

    places   addresses, as "host:port"

    Each new connection goes to the next one. One that refuses is passed over, and nobody is told;
    a connection that breaks later is broken for the client, too. Its port, and the connections
    that it opens, are on the host on which it is entered: see `Network`.
    """

    def __init__(self, places: Iterable[str]) -> None:
        self.places = [*places]
        self._turn = cycle(self.places)
        self._under_way: set[asyncio.Task[Any]] = set()

    def __enter__(self) -> Self:
        _allow_files(FILES)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="dealer", daemon=True)
        self._thread.start()
        start = asyncio.start_server(self._pass_on, "127.0.0.1", 0, backlog=BACKLOG)
        self._server = self._do(start)
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        """The address that leads to all of them."""
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _next(self) -> tuple[StreamReader, StreamWriter]:
        """A connection to the one whose turn it is. Raises OSError."""
        for _ in self.places:
            host, _, port = next(self._turn).rpartition(":")
            with suppress(ConnectionRefusedError):
                return await asyncio.open_connection(host, int(port))
        raise ConnectionRefusedError

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _close(self) -> None:
        self._server.close()  # here, in its own thread: a server is not made for two at once
        await self._hang_up()

    async def _hang_up(self) -> None:
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _pass_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # asyncio gives each connection one
        self._under_way.add(task)
        try:
            await _connect(reader, writer, *await self._next())
        except (OSError, asyncio.CancelledError):
            pass  # one side hung up: nothing else to do
        finally:
            writer.close()
            self._under_way.discard(task)


class Dealer(Balancer):
    """A port of its own, whose connections lead to the workers at `ports`; a context manager."""

    def __init__(self, ports: list[int]) -> None:
        super().__init__(f"127.0.0.1:{port}" for port in ports)
        self._order = order(len(ports))

    def begin(self, run: int = 0) -> None:
        """Close all connections and deal anew; `run` as for `order`."""
        self._do(self._hang_up())
        self._order = order(len(self.places), run)

    async def _next(self) -> tuple[StreamReader, StreamWriter]:
        host, _, port = self.places[next(self._order)].rpartition(":")
        return await asyncio.open_connection(host, int(port))


def _allow_files(number: int) -> None:
    """Raise the limit of open files, as far as we may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = number if hard == resource.RLIM_INFINITY else min(number, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


async def _connect(
    client: StreamReader, to_client: StreamWriter, worker: StreamReader, to_worker: StreamWriter
) -> None:
    """Pass on what both say, until the worker hangs up."""
    asking = asyncio.create_task(_pump(client, to_worker))
    try:
        await _pump(worker, to_client)
    finally:
        asking.cancel()
        to_worker.close()


async def _pump(source: StreamReader, target: StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(CHUNK):
            target.write(data)
            await target.drain()
        target.write_eof()
