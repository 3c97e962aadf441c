"""Graded checks of lab 09: prices computed once for all workers, on Redis and on Memcached."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from workerlab.contracts.counter import caller, each_worker
from workerlab.contracts.prices.contract import SHORT_S, Shop, at_once, new_item, on_each
from workerlab.contracts.prices.races import (
    STEPS,
    computed_twice,
    invalidated_at_every_step,
    invalidated_while_computing,
    killed_while_computing,
    many_ask_at_once,
    quick_prices,
    two_ask_at_every_step,
)
from workerlab.contracts.prices.service import PriceService
from workerlab.grading import check
from workerlab.grading.api import CheckFailed, CheckInconclusive
from workerlab.grading.manifest import Manifest
from workerlab.grading.staging import private_services

QUICK_WORKERS, MEMCACHED_WORKERS = 2, 2
LATE_S = 2.0  # how late a message from the store is: less than an answer may take
KEPT_S = 1.7  # when a price that is kept for three seconds is certainly still there


@pytest.fixture(scope="module")
def urls(lab: Manifest) -> Iterator[dict[str, str]]:
    with private_services(lab) as private:
        yield {"Redis": private.env["REDIS_URL"], "Memcached": private.env["CACHE_URL"]}


@pytest.fixture(scope="module")
def services() -> dict[str, str]:
    """Nothing that all servers have in common: each has the address of its own store."""
    return {}


@pytest.fixture(scope="module")
def shops(urls: dict[str, str], launch: Callable, quick: bool) -> Iterator[list[Shop]]:
    """The submission on Redis and on Memcached; what is slow there is the same service."""
    with PriceService() as prices, ExitStack() as closing:
        workers = {"Redis": 5, "Memcached": MEMCACHED_WORKERS}
        shops = [
            Shop(store, url, prices, launch, QUICK_WORKERS if quick else workers[store])
            for store, url in urls.items()
        ]
        for shop in shops:
            closing.callback(shop.close)
        yield shops


@check(
    "starts",
    title="The workers start on Redis and on Memcached",
    points=0.25,
    quick=True,
    hints=(
        "What does the file do while Python imports it, before any request has come?",
        (
            "CACHE_URL begins with redis:// or with memcached://, and the app must start with either. "
            "Run `workerlab serve app.py` with CACHE_URL and PRICE_TTL set, and read the last lines."
        ),
        (
            "aiocache makes the right client from either address: "
            '`cache = Cache.from_url(os.environ["CACHE_URL"])`.'
        ),
    ),
)
def test_starts(shops: list[Shop], tried: dict) -> None:
    def starts(shop: Shop) -> None:
        with each_worker(shop.main, tried) as workers:
            for worker in workers:
                worker.ask(("GET", "/price/bread"))  # any response

    on_each(shops, starts)


@check(
    "follows_the_contract",
    title="Each endpoint responds as the contract says",
    points=0.25,
    quick=True,
    hints=(
        "What exactly does each endpoint promise, and which of your responses differs?",
        (
            "`computed_by` is the process that called slow_price for this price, which need not be "
            "the one that responds now. So it must be kept beside the price."
        ),
        (
            'Keep one object for each item, such as `{"price": await slow_price(item), '
            '"computed_by": os.getpid()}`, and respond with `{"item": item, **known}`.'
        ),
    ),
)
def test_follows_the_contract(shops: list[Shop], tried: dict) -> None:
    def follows(shop: Shop) -> None:
        item = new_item("butter")
        with each_worker(shop.main, tried) as (one, *_, other):
            shop.invalidate(one, item)  # nothing to forget, and that is all right
            first = shop.price(one, item)
            shop.price(other, item)
            shop.invalidate(one, item)
            again = shop.price(one, item)
        message = f"on {shop.store}, after POST /invalidate/{item} the price is still the old one"
        assert again != first, message

    on_each(shops, follows)


@check(
    "one_object_for_all_workers",
    title="A price that one worker computed is the price of all workers",
    points=0.25,
    quick=True,
    hints=(
        "In which process's memory is the price that a worker has computed?",
        (
            "Ask each worker, one after the other, for the same item: there should be one computation. "
            "`Cache.MEMORY`, an lru_cache or a dict at module level exists once in each worker."
        ),
        'Make the cache from the address: `cache = Cache.from_url(os.environ["CACHE_URL"])`.',
    ),
)
def test_one_object_for_all_workers(shops: list[Shop], tried: dict) -> None:
    def shared(shop: Shop) -> None:
        item = new_item("milk")
        with each_worker(shop.main, tried) as workers:
            for worker in [*workers, *workers]:
                shop.price(worker, item)
        message = f"{len(workers)} workers were asked for one item, one after the other"
        times = shop.computed(item)
        assert times == 1, f"on {shop.store}, {message}: it was computed {times} times, not once"

    on_each(shops, shared)


@check(
    "reads_its_settings",
    title="CACHE_URL alone says where the prices are kept",
    points=0.25,
    hints=(
        "Where does your code get the address of its store?",
        (
            "Two services with different CACHE_URLs must not share prices, and the host and port "
            "are never the usual ones here."
        ),
        'Give the whole address to the client: `Cache.from_url(os.environ["CACHE_URL"])`.',
    ),
)
def test_reads_its_settings(shops: list[Shop], tried: dict) -> None:
    item = new_item("salt")
    for number, shop in enumerate(shops, start=1):
        with caller(shop.main, tried) as one, caller(shop.other, tried) as other:
            first, again = shop.price(one, item), shop.price(other, item)
        message = f"two servers with the same {shop.store} as CACHE_URL do not share an item"
        assert first == again, message
        message = (
            "a server on Memcached knows what one on Redis has computed, and only CACHE_URL differs"
        )
        assert shop.computed(item) == number, message


@check(
    "computed_once",
    title="However many ask at once, it is computed once",
    points=4.0,
    quick=True,
    hints=(
        (
            "Between the look into the cache and the moment the price is in it: which other "
            "request may look?"
        ),
        (
            "A lock of asyncio or threading lives in one worker, and `cached_stampede` makes "
            "workers of other processes compute as well. One worker must *claim* the item, in a "
            "single step that only one can win, and the others must wait for its price. And a "
            "worker that gets the claim later must look into the cache again: the price may be "
            "there by now."
        ),
        (
            "Claim with `await cache.add(item, claim, ttl=4)`, longer than a computation; it raises "
            "ValueError for all but one (on Redis itself, `set(key, claim, nx=True, ex=4)`). Let the "
            "claim and the price have the same key, so that no worker can claim an item whose price "
            "is there, or `await cache.get(item)` again when you have the claim. The others look "
            "again every 20 ms."
        ),
    ),
)
def test_computed_once(shops: list[Shop], submission, tried: dict, quick: bool, seed: int) -> None:
    try:
        on_each(shops, lambda shop: many_ask_at_once(shop, tried))
        with quick_prices(shops):
            on_each(shops, lambda shop: two_ask_at_every_step(shop, tried, 5 if quick else STEPS))
    except AssertionError as error:
        picture = computed_twice(submission / "app.py", shops[0].url, seed)
        raise CheckFailed(str(error), picture) from None


@check(
    "entries_expire",
    title="A price is kept for PRICE_TTL seconds, and no longer",
    points=0.5,
    hints=(
        "For how long does your store keep an entry, and when does that time begin?",
        (
            "The time runs from the computation: to read a price must not extend its time. "
            "PRICE_TTL is the time of the price; a claim has a time of its own."
        ),
        '`await cache.set(item, known, ttl=int(os.environ["PRICE_TTL"]))`, and no `expire` elsewhere.',
    ),
)
def test_entries_expire(shops: list[Shop], tried: dict) -> None:
    def expires(shop: Shop) -> None:
        kept, brief = new_item("honey"), new_item("bread")
        with caller(shop.main, tried) as long, caller(shop.brief, tried) as short:
            before = shop.price(long, kept)
            first = shop.price(short, brief)
            answered = time.monotonic()
            for later in (0.0, KEPT_S):  # Memcached may be a second early, and no more
                wait_until(answered + later)
                again = shop.price(short, brief)
                if again != first and time.monotonic() > first.began + SHORT_S - 1:
                    raise CheckInconclusive(
                        "the machine is too busy to see a price before it expires"
                    )
                message = f"on {shop.store}, with PRICE_TTL={SHORT_S}, it was computed again"
                assert again == first, f"{message} after {time.monotonic() - answered:.1f} s"
            wait_until(answered + SHORT_S + 0.5)
            if shop.price(short, brief) == first:
                wait_until(answered + SHORT_S + 2.4)  # it may have been stored a little late
                last = shop.price(short, brief)
                message = (
                    f"on {shop.store}, with PRICE_TTL={SHORT_S}, a price is still answered after"
                )
                assert last != first, f"{message} {time.monotonic() - answered:.1f} s"
            message = (
                f"on {shop.store}, with PRICE_TTL=3600, a price was computed again a moment later"
            )
            assert shop.price(long, kept) == before, message

    on_each(shops, expires)


def wait_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


@check(
    "invalidate_reaches_every_worker",
    title="After an invalidation no worker responds with the old price",
    points=0.5,
    quick=True,
    hints=(
        "One worker responds to an invalidation. How do the others learn of it?",
        (
            "A copy in a worker's own memory is quick, and wrong as soon as another worker "
            "invalidates the item. Messages to all workers are late at times."
        ),
        "Keep prices in the shared store only, and let the invalidation do `await cache.delete(item)`.",
    ),
)
def test_invalidate_reaches_every_worker(shops: list[Shop], tried: dict) -> None:
    def reaches(shop: Shop) -> None:
        item = new_item("eggs")
        with each_worker(shop.main, tried) as workers:
            for chosen in (workers[0], workers[-1]):
                before = {shop.price(worker, item) for worker in workers}
                shop.invalidate(chosen, item)
                after = {shop.price(worker, item) for worker in workers}
                message = (
                    f"on {shop.store}, after an invalidation some worker answers the old price"
                )
                assert not before & after, message
            old = shop.price(workers[-1], item)
            with shop.link.holding(LATE_S, workers[-1].pid):
                shop.invalidate(workers[0], item)
                new = shop.price(workers[-1], item)
        message = "the message that tells it of an invalidation was still on its way"
        assert new != old, f"on {shop.store}, a worker answers from a copy of its own: {message}"

    on_each(shops, reaches)


@check(
    "invalidate_leaves_other_items_alone",
    title="An invalidation forgets one item only",
    points=0.25,
    hints=(
        "What else is lost when one item is forgotten?",
        (
            "`cache.clear()` empties the store for all items. A version number that all items "
            "share makes all of them old. And a pattern may match more than you think: `tea*` "
            "matches teapot."
        ),
        "`await cache.delete(item)` forgets one key.",
    ),
)
def test_invalidate_leaves_other_items_alone(shops: list[Shop], tried: dict) -> None:
    def leaves(shop: Shop) -> None:
        tea = new_item("tea")
        items = [f"{tea}pot", f"green-{tea}", f"{tea}0", new_item("jam")]
        with each_worker(shop.main, tried) as (one, *_, other):
            before = [shop.price(one, item) for item in [tea, *items]]
            shop.invalidate(other, tea)
            after = [shop.price(one, item) for item in items]
        lost = [item for item, old, new in zip(items, before[1:], after, strict=True) if old != new]
        message = f"on {shop.store}, an invalidation of {tea} also forgot {', '.join(lost)}"
        assert not lost, message

    on_each(shops, leaves)


@check(
    "invalidate_wins",
    title="A computation under way does not bring an old price back",
    points=3.0,
    hints=(
        (
            "A computation began before the invalidation, and ends after it. What happens to its "
            "price?"
        ),
        (
            "It must not be kept, and no request after the invalidation may get it. To look "
            "whether it was invalidated, and then to store it, are two steps: the invalidation may "
            "come between them."
        ),
        (
            "Store by compare-and-set: the price takes the place of your own claim, which has the key "
            "of the item and a `uuid.uuid4().hex`, and nothing is stored when the claim is gone. "
            "`async with OptimisticLock(cache, item) as entry:` before the computation, and look "
            "that the claim is still there; `await entry.cas(known, ttl=TTL)` after it, which raises "
            "`OptimisticLockError` when the claim is gone."
        ),
    ),
)
def test_invalidate_wins(shops: list[Shop], tried: dict) -> None:
    on_each(shops, lambda shop: invalidated_while_computing(shop, tried))
    with quick_prices(shops):
        on_each(shops, lambda shop: invalidated_at_every_step(shop, tried))


@check(
    "survives_a_killed_worker",
    title="A worker killed while computing delays the others by 6 s at most",
    points=0.5,
    hints=(
        "Which worker computes the price when the worker with the claim is dead?",
        (
            "No worker releases a dead worker's claim, so it needs a time-to-live: longer than a "
            "computation, and at most 6 seconds. And a worker that starts in its place must leave "
            "the cache as it is."
        ),
        (
            "`await cache.add(item, claim, ttl=4)`; and requests that wait try to claim again each "
            "time they look. Delete a `cache.clear()` that runs at start-up."
        ),
    ),
)
def test_survives_a_killed_worker(shops: list[Shop], tried: dict) -> None:
    on_each(shops, lambda shop: killed_while_computing(shop, tried))


@check(
    "leaves_nothing_behind",
    title="After a stop, no process is left",
    points=0.25,
    hints=(
        "Does the app start any process or task of its own?",
        (
            "A worker ends without running `atexit`. Any process that it started goes on running, "
            "unless the lifespan stops it."
        ),
        (
            "Start no processes in the app; if you must start one, stop it after the `yield` in "
            "the lifespan."
        ),
    ),
)
def test_leaves_nothing_behind(shops: list[Shop], tried: dict) -> None:
    def leaves(shop: Shop) -> None:
        with each_worker(shop.main, tried) as workers:
            for worker in workers:
                shop.price(worker, new_item("pepper"))
        shop.main.close()
        left = ", ".join(shop.main.left_behind)
        assert not left, f"the server was stopped, and these processes live on: {left}"

    at_once(*(lambda shop=shop: leaves(shop) for shop in shops))
