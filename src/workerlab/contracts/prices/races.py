"""Requests at the same moment in lab 09, one schedule at a time.

Two things decide a schedule here, and neither is luck: the price service says when a computation
ends, and the link between the workers and their store stops one worker before its first step on
the store, before its second, …, wherever in its code or in a library that step is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

from workerlab.contracts.counter import Caller, each_worker
from workerlab.contracts.prices.contract import LONG_S, Shop, finished, new_item
from workerlab.contracts.prices.service import Computation, PriceService
from workerlab.errors import WorkerlabError
from workerlab.evidence import Evidence
from workerlab.grading.api import CheckInconclusive
from workerlab.processes.activity import clock_of_waiting
from workerlab.processes.patience import Stopwatch
from workerlab.stepping.explore import explore
from workerlab.stepping.lease import OUTLIVE_THE_WORK
from workerlab.stepping.program import TWO_WORKERS
from workerlab.stepping.same_start import Start

__all__ = [
    "STEPS",
    "computed_twice",
    "invalidated_at_every_step",
    "invalidated_while_computing",
    "killed_while_computing",
    "many_ask_at_once",
    "quick_prices",
    "two_ask_at_every_step",
]

AT_ONCE = 4  # requests at the same moment to each worker
ANOTHER_S = 0.9  # how long a second computation may take to turn up beside one that is held
HOLD_S = 0.4  # how long a worker is stopped before one of its steps: well below any claim's life
LONGEST_HOLD_S = 0.9  # … on a busy machine
COMPUTES_S = 5.0  # … while another worker computes, and waits for nobody
LOOK_S = 0.02
STEPS = 12  # of a request on the store, at which it is stopped
CLAIM_S = 1.0  # every claim must last longer: slow_price seldom takes longer
SEARCH_S = 2.0  # for a picture of a failure that is known
QUICKLY_S = 0.02  # of a computation while requests are stopped step by step
KILLED_S = 8.0  # the contract's 6 s, and a little for a machine that is busy


def many_ask_at_once(shop: Shop, tried: dict[str, int]) -> None:
    """Many requests on every worker, and the first computation ends only when all are waiting."""
    item = new_item("cheese")
    with ExitStack() as stack, ThreadPoolExecutor(AT_ONCE * shop.workers) as pool:
        callers = [
            worker
            for _ in range(AT_ONCE)
            for worker in stack.enter_context(each_worker(shop.main, tried))
        ]
        with shop.prices.holding(item):
            asked = [pool.submit(shop.price, worker, item) for worker in callers]
            shop.prices.wait_for(item, 2, ANOTHER_S)
        prices = [request.result() for request in asked]
    must_be_once(shop, item, f"on {shop.store}, {len(prices)} requests at once for one item")


def must_be_once(shop: Shop, item: str, message: str, *, stored: bool = False) -> None:
    """An assertion when an item was computed more often.

    A right answer computes again when a claim has run out before its price was there, which a
    busy machine can bring about: that is inconclusive, unless the price was `stored` by then.
    """
    first, *more = shop.prices.of(item)
    if more and not stored and more[0].began - first.began > CLAIM_S:
        raise CheckInconclusive(
            f"{message}: the machine is too busy to see how often it is computed"
        )
    assert not more, f"{message}: it was computed {1 + len(more)} times, not once"


class quick_prices:
    """While requests are stopped at each of their steps, a computation takes no time."""

    def __init__(self, shops: list[Shop]) -> None:
        self.prices = shops[0].prices

    def __enter__(self) -> None:
        self.usual, self.prices.seconds = self.prices.seconds, QUICKLY_S

    def __exit__(self, *_: object) -> None:
        self.prices.seconds = self.usual


def two_ask_at_every_step(shop: Shop, tried: dict[str, int], steps: int) -> None:
    """A is stopped before its first step on the store, its second, …; B asks meanwhile."""
    with each_worker(shop.main, tried) as (a, *_, b):
        for step in range(steps):
            item = new_item("ham")
            ask = partial(shop.price, b, item)
            reached, answered_first = stopped_at(shop, step, item, a, ask)
            tried["schedules"] += 1
            message = (
                f"on {shop.store}, worker A was stopped before step {step + 1} that it takes on "
                "the store, B was asked for the same item, and A went on"
            )
            must_be_once(shop, item, message, stored=answered_first)
            if not reached:
                break


def stopped_at(
    shop: Shop, step: int, item: str, a: Caller, meanwhile: Callable[[], object]
) -> tuple[bool, bool]:
    """Ask A for a price; stop it before a step on the store, and do something else meanwhile.

    Returns whether A takes that many steps, and whether the other was done before A went on.
    """
    with ThreadPoolExecutor(2) as pool:
        with shop.link.stopping_before(step, a.pid) as stop:
            asked = pool.submit(shop.price, a, item)
            while not stop.wait(0.002) and not asked.done():
                pass
            reached = stop.is_set()
            other = pool.submit(meanwhile)
            in_time = done_meanwhile(shop, item, a, other)
        asked.result()
        other.result()
    return reached, in_time


def done_meanwhile(shop: Shop, item: str, a: Caller, other: Future[object]) -> bool:
    """Wait for what another worker does while A is stopped; whether it has been done.

    It may have to wait for A, so A is stopped for a short while only. The time in which the
    workers get no processor comes on top, as long as every claim lasts. And another worker that
    computes the price does not wait for A.
    """
    kept_waiting = clock_of_waiting(shop.main.tree())
    began = time.monotonic()
    while not other.done():
        computes = any(one.pid != a.pid for one in shop.prices.of(item))
        longest = COMPUTES_S if computes else min(HOLD_S + kept_waiting(), LONGEST_HOLD_S)
        if finished(other, LOOK_S) or time.monotonic() - began > longest:
            break
    return other.done()


def invalidated_while_computing(shop: Shop, tried: dict[str, int]) -> None:
    """A price that is invalidated while a worker computes it does not come back afterwards."""
    item = new_item("oil")
    with each_worker(shop.main, tried) as (one, other, *_), ThreadPoolExecutor(2) as pool:
        with shop.prices.holding(item):
            asked = pool.submit(shop.price, one, item)
            old = shop.prices.wait_for(item)
            assert old, f"on {shop.store}, GET /price/{item} never called slow_price"
            forgotten = pool.submit(shop.invalidate, other, item)
            in_time = finished(forgotten, HOLD_S)
            after = pool.submit(shop.price, other, item) if in_time else None
            if after:
                finished(after, HOLD_S)
        asked.result()
        forgotten.result()
        message = f"on {shop.store}, a computation was under way when its item was invalidated"
        if after:
            late = f"{message}, and a request after the invalidation got the old price"
            assert after.result() != old, late
        for worker in (one, other):
            assert shop.price(worker, item) != old, f"{message}, and its price was kept"


def invalidated_at_every_step(shop: Shop, tried: dict[str, int]) -> None:
    """A is stopped before its first step on the store, its second, …; B invalidates meanwhile."""
    with each_worker(shop.main, tried) as (a, *_, b):
        for step in range(STEPS):
            item = new_item("rice")
            began: list[Computation] = []

            def forget(item: str = item, began: list[Computation] = began) -> None:
                began.extend(shop.prices.of(item))
                shop.invalidate(b, item)

            reached, _ = stopped_at(shop, step, item, a, forget)
            tried["schedules"] += 1
            message = (
                f"on {shop.store}, worker A computed a price and was stopped before step {step + 1} "
                "that it takes on the store; B was asked to invalidate the item, and A went on: the "
                "old price was kept"
            )
            assert shop.price(b, item) not in began or not reached, message
            if not reached:
                break


def killed_while_computing(shop: Shop, tried: dict[str, int]) -> None:
    """A worker that is killed while it computes leaves others neither waiting nor without a price."""
    kept, item = new_item("flour"), new_item("yeast")
    with each_worker(shop.main, tried) as workers, ThreadPoolExecutor(3) as pool:
        before = shop.price(workers[0], kept)
        by_pid = dict(zip(shop.main.pids, workers, strict=True))
        with shop.prices.holding(item):
            first = pool.submit(shop.price, workers[0], item)
            begun = shop.prices.wait_for(item)
            assert begun, f"on {shop.store}, GET /price/{item} never called slow_price"
            living = [worker for pid, worker in by_pid.items() if pid != begun.pid]
            waiting = pool.submit(shop.price, living[-1], item)
            shop.main.kill(begun.pid)
            since_killed = Stopwatch()
            with suppress(AssertionError):  # the killed worker does not respond
                first.result()
            message = f"on {shop.store}, a worker was killed while it computed a price"
            answered(waiting.result, f"{message}; a request that waited for that price")
            waited = since_killed.seconds
            assert waited <= KILLED_S, (
                f"{message}; a request that waited for it took {waited:.1f} s"
            )
        since_asked = Stopwatch()
        answered(lambda: shop.price(living[0], item), f"{message}; the next request")
        waited = since_asked.seconds
        assert waited <= KILLED_S, f"{message}; the next request took {waited:.1f} s"
    shop.main.wait_for_workers()
    with each_worker(shop.main, tried) as workers:
        for worker in workers:
            message = f"on {shop.store}, a worker that started anew made all workers forget a price"
            assert shop.price(worker, kept) == before, message


def answered(ask: Callable[[], object], asked: str) -> None:
    """Name the request in an assertion about its response."""
    try:
        ask()
    except AssertionError as error:
        raise AssertionError(f"{asked}: {error}") from None


def computed_twice(app: Path, url: str, seed: int) -> Evidence | None:
    """Two requests for one item that are both computed, step by step on the app's own lines.

    For a submission that has failed already, to show how. All prices are the same here: only
    `computed_by` then differs between one computation and two. None when
    no such schedule is found in a few seconds, or the app cannot be led along one.
    """
    with PriceService(0, always=9.99) as prices:
        env = {"CACHE_URL": url, "PRICE_TTL": str(LONG_S), "PRICE_SERVICE": prices.address}
        with suppress(WorkerlabError):
            return explore(
                app,
                program="GET /price/tea | GET /price/tea",
                before="POST /invalidate/tea",
                after="",
                model="serial",
                placements=(TWO_WORKERS,),
                seconds=SEARCH_S,
                seed=seed,
                leases=OUTLIVE_THE_WORK,  # a claim may be as long as a computation ever takes
                env=env,
                start=Start(in_place=True, restore=False),  # a sandbox has a place of its own
            ).evidence
    return None
