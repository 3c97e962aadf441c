"""The contract of lab 09, as its checks ask for it: prices that are computed once and kept.

    GET /price/{item}         200 {"item", "price", "computed_by"}
    POST /invalidate/{item}   200 {"item"}

A price is compared with the computations that the price service has seen: it must be one of
them, and `computed_by` must name the process that made it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar
from urllib.parse import urlsplit

from workerlab.contracts.counter import Caller, caller
from workerlab.contracts.prices.service import Computation, PriceService
from workerlab.network.delay import Link
from workerlab.servers import Server

__all__ = ["SHORT_S", "Shop", "at_once", "new_item", "on_each"]

T = TypeVar("T")
LONG_S, SHORT_S = 3600, 3  # seconds that a price is kept, by nearly all servers and by one
_numbers = count(1)


def new_item(name: str) -> str:
    """An item that no request has asked for yet."""
    return f"{name}-{next(_numbers)}"


@dataclass
class Shop:
    """The submission on one store: its servers, started when they are first needed.

    main    the lab's number of workers
    other   one worker more
    brief   one worker with a PRICE_TTL of a few seconds

    All of them reach the store over one link, so an app finds the same address everywhere. On the
    link any one worker can be stopped, and messages to it can be late.
    """

    store: str  # "Redis" or "Memcached"
    url: str
    prices: PriceService
    launch: Callable[..., Server]
    workers: int
    _open: dict[str, Server] = field(default_factory=dict)
    _link: Link | None = None

    @property
    def main(self) -> Server:
        return self._server("main", workers=self.workers)

    @property
    def other(self) -> Server:
        return self._server("other")

    @property
    def link(self) -> Link:
        """The way to the store."""
        if self._link is None:
            place = urlsplit(self.url)
            self._link = Link(place.hostname or "", place.port or 0).__enter__()
        return self._link

    @property
    def brief(self) -> Server:
        return self._server("brief", seconds=SHORT_S)

    def _server(self, name: str, *, workers: int = 1, seconds: int = LONG_S) -> Server:
        if name not in self._open:
            env = {
                "CACHE_URL": self.url.replace(_port(self.url), f":{self.link.port}"),
                "PRICE_TTL": str(seconds),
                "PRICE_SERVICE": self.prices.address,
            }
            self._open[name] = self.launch(workers=workers, env=env).start()
        return self._open[name]

    def close(self) -> None:
        """End the servers, and then the link that they use."""
        for server in self._open.values():
            server.close(kill=True)
        if self._link is not None:
            self._link.__exit__()

    def price(self, client: Caller, item: str) -> Computation:
        """Ask a worker for a price; the computation that it comes from.

        An assertion for anything that the contract does not allow.
        """
        request = ("GET", f"/price/{item}")
        body = client.answer(request)
        message = f"on {self.store}, GET /price/{item} answered {body!r:.100}"
        right = '{"item", "price", "computed_by"}'
        assert isinstance(body, dict) and {"item", "price", "computed_by"} <= set(body), (
            f"{message}; the contract is {right}"
        )
        assert body["item"] == item, f"{message}, which is another item"
        for one in self.prices.of(item):
            if one.price == body["price"]:
                by = f"{message}; that price was computed by process {one.pid}"
                assert body["computed_by"] == one.pid, by
                return one
        raise AssertionError(f"{message}; slow_price has never answered such a price for it")

    def invalidate(self, client: Caller, item: str) -> None:
        """Ask a worker to forget an item."""
        body = client.answer(("POST", f"/invalidate/{item}"))
        message = f'on {self.store}, POST /invalidate/{item} answered {body!r:.80}, not {{"item"}}'
        assert isinstance(body, dict) and body.get("item") == item, message

    def computed(self, item: str) -> int:
        """How often an item has been computed so far."""
        return len(self.prices.of(item))

    @contextmanager
    def asking(self, server: Server, tried: dict[str, int]) -> Iterator[Caller]:
        """A client of one worker, with a connection of its own."""
        with caller(server, tried) as client:
            yield client


def _port(url: str) -> str:
    return f":{urlsplit(url).port}"


def at_once(*works: Callable[[], T]) -> list[T]:
    """Do several things at the same moment; their results, or the first exception in order."""
    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(work) for work in works]]


def on_each(shops: list[Shop], work: Callable[[Shop], None]) -> None:
    """Do the same on every store, at once: what waits on one does not delay the other."""
    at_once(*(lambda shop=shop: work(shop) for shop in shops))


def until(done: Callable[[], bool], seconds: float) -> bool:
    """Wait for a condition, for `seconds` at most; whether it holds."""
    end = time.monotonic() + seconds
    while not (holds := done()) and time.monotonic() < end:
        time.sleep(0.005)
    return holds


def finished(future: Future[Any], seconds: float) -> bool:
    """Wait for something under way, for `seconds` at most; whether it has ended."""
    return until(future.done, seconds)
