"""Where the prices of lab 09 come from: slow, counted, and at the grader's pace.

The lab's slow_price.py asks here, so the grader does not have to trust anything that the app
writes: it sees each computation begin, knows which process began it, and decides when it ends.
No two prices are the same, so a price says which computation it came from.
"""

from __future__ import annotations

import json
import random
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Self

__all__ = ["PriceService"]

USUAL_S = 0.2  # seconds that a computation takes
LONGEST_LINE = 4096  # bytes of a question


@dataclass(frozen=True)
class Computation:
    """One call of slow_price: what for, by which process, and when it began (monotonic)."""

    item: str
    pid: int
    price: float
    began: float


class PriceService:
    """Answers slow_price, on a port of its own; a context manager that yields itself.

    address   host:port, which the app finds in PRICE_SERVICE
    seconds   how long a computation takes; may be changed at any time
    always    one price for all; None for prices of which no two are the same
    """

    def __init__(self, seconds: float = USUAL_S, *, always: float | None = None) -> None:
        self.seconds, self.always = seconds, always
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._accepting = Thread(target=self._accept, daemon=True)
        self._changed = Condition()
        self._computations: list[Computation] = []
        self._held: dict[str, bool] = {}  # held items, and whether a computation waits already
        self._last = random.SystemRandom().randrange(1000, 5000)  # of all prices, in cents

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._held.clear()
            self._changed.notify_all()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()

    def of(self, item: str) -> list[Computation]:
        """All computations of an item so far, in the order in which they began."""
        with self._changed:
            return [one for one in self._computations if one.item == item]

    def wait_for(self, item: str, number: int = 1, deadline: float = 10.0) -> Computation | None:
        """Wait until the `number`th computation of an item has begun; None if it does not."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._of(item)) >= number, deadline)
            found = self._of(item)
            return found[number - 1] if len(found) >= number else None

    @contextmanager
    def holding(self, item: str) -> Iterator[None]:
        """The first computation of this item that begins now does not end before the block does.

        Later ones take their usual time.
        """
        with self._changed:
            self._held[item] = False
        try:
            yield
        finally:
            with self._changed:
                self._held.pop(item, None)
                self._changed.notify_all()

    def _of(self, item: str) -> list[Computation]:
        return [one for one in self._computations if one.item == item]

    def _accept(self) -> None:
        with suppress(OSError):  # closed: no connection comes any more
            while True:
                caller, _ = self._listener.accept()
                Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        with (
            caller,
            suppress(OSError, ValueError, LookupError, TypeError, ArithmeticError, RecursionError),
        ):
            question = json.loads(caller.makefile("rb").readline(LONGEST_LINE))
            price = self._compute(str(question["item"]), int(question["pid"]))
            caller.sendall(json.dumps(price).encode() + b"\n")

    def _compute(self, item: str, pid: int) -> float:
        with self._changed:
            self._last += random.randrange(1, 50)
            price = self._last / 100 if self.always is None else self.always
            began = time.monotonic()
            self._computations.append(Computation(item, pid, price, began))
            self._changed.notify_all()
            if self._held.get(item) is False:
                self._held[item] = True
                self._changed.wait_for(lambda: item not in self._held)
                return price
        time.sleep(self.seconds)
        return price
