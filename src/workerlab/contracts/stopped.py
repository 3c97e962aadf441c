"""A worker that is stopped, or killed, between two of its messages to the store.

`step` is the message before which it is stopped, 0 for the first, counted from the moment that the
request begins.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from workerlab.network.delay import Link
from workerlab.processes.patience import Deadline
from workerlab.servers import Server

__all__ = ["done_in_a_while", "killed_at", "stopped_at"]

STOPPED_S = 0.4  # how long a worker is stopped between two of its steps, if another waits for it
LONGEST_S = 0.9  # … on a busy machine: a message to a store may be one second late
LOOK_S = 0.002  # between two looks whether it has come so far
T = TypeVar("T")
U = TypeVar("U")


def stopped_at(
    link: Link,
    step: int,
    pid: int,
    act: Callable[[], T],
    amid: Callable[[], U],
    *,
    alone: bool = False,
) -> tuple[T, U, bool]:
    """`act`, which worker `pid` serves, is stopped before a step; `amid` is done meanwhile.

    It may have to wait for `act`, which is stopped for a short while only. Returns the results of
    both, and whether there was such a step.

    alone   `amid` is for the same worker, of which only `act` is stopped
    """
    with ThreadPoolExecutor(2) as pool:
        with link.stopping_before(step, pid, alone=alone) as stop:
            first = pool.submit(act)
            while not stop.wait(LOOK_S) and not first.done():
                pass
            stopped = stop.is_set()
            second = pool.submit(amid)
            done_in_a_while(second)
        return first.result(), second.result(), stopped


def done_in_a_while(*futures: Future[T], seconds: float = STOPPED_S) -> bool:
    """Wait until they are done, or seem to wait for who is stopped; whether they are done.

    On a busy machine it takes longer, but never so long that a client gives its store up.
    """
    deadline, latest = Deadline(seconds), time.monotonic() + LONGEST_S
    while not deadline.passed and time.monotonic() < latest:
        if not wait(futures, LOOK_S).not_done:
            return True
    return all(one.done() for one in futures)


def killed_at(
    link: Link, step: int, server: Server, pid: int, act: Callable[[], T]
) -> tuple[T | None, bool]:
    """Worker `pid` is killed before a step, in the middle of `act`.

    Returns the result of `act`, None where it got no response, and whether there was such a step.
    """
    with ThreadPoolExecutor(1) as pool:
        with link.stopping_before(step, pid) as stop:
            dying = pool.submit(act)
            while not stop.wait(LOOK_S) and not dying.done():
                pass
            stopped = stop.is_set()
            server.kill(pid)
            link.stop.lose()
        try:
            return dying.result(), stopped
        except AssertionError:
            return None, stopped
