"""Requests of lab 19 that meet: one is stopped at each of its steps on the store, and others go on."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from workerlab.contracts.limits import Asked, Visitor, must_keep_the_limit
from workerlab.contracts.stopped import LOOK_S, done_in_a_while, stopped_at
from workerlab.network.delay import Link

__all__ = ["NOT_ALL", "refused_while_a_place_comes_free", "two_at_the_limit", "two_count_at_once"]


NOT_ALL = "The metrics do not count every answer."
ANSWERED_S = 0.2  # a request that waits for nobody is answered
FREE_S = 0.1  # after a 200 has left the window
AHEAD_S = 0.15  # a refused request is sent so long before it
MOST_REFUSALS = 6
TOGETHER, APART_S = 3, 0.4  # keys at the same time, and how far apart they began


def two_at_the_limit(
    link: Link, one: Visitor, other: Visitor, keys: list[str], limit: int, window: float, left: int
) -> None:
    """So many of a key are left, and two want one: the first is stopped at each of its steps in turn.

    keys   that nobody has used, one for each step
    """
    alone = one.pid == other.pid
    for step, key in enumerate(keys):
        asked = [other.work(key) for _ in range(limit - left)]
        works = (partial(one.work, key), partial(other.work, key))
        *both, stopped = stopped_at(link, step, one.pid, *works, alone=alone)
        when = (
            f"A key has {left} of {limit} left, and two ask {'one worker ' * alone}at once (one is stopped "
            f"before its step {step + 1} on Redis)"
        )
        must_keep_the_limit([*asked, *both], limit, window, when)
        if not stopped:
            return


def refused_while_a_place_comes_free(
    link: Link, one: Visitor, other: Visitor, keys: list[str], limit: int, window: float
) -> None:
    """A request is refused and stopped at each of its steps; meanwhile the key's oldest 200 leaves.

    It uses up nothing, not for a moment: who asks then is let in.
    """
    for first in range(0, MOST_REFUSALS, TOGETHER):
        asked: dict[str, list[Asked]] = {}
        for key in keys[first : first + TOGETHER]:  # their oldest leave one after the other
            asked[key] = [other.work(key)]
            time.sleep(APART_S)
        for key, mine in asked.items():
            mine.extend(other.work(key) for _ in range(limit - 1))
        for step, (key, mine) in enumerate(asked.items(), first):
            free = mine[0].arrived + window + FREE_S
            time.sleep(max(0.0, mine[0].sent + window - AHEAD_S - time.monotonic()))

            def amid(key: str = key, free: float = free) -> Asked:
                time.sleep(max(0.0, free - time.monotonic()))
                return other.work(key)

            refused, late, stopped = stopped_at(link, step, one.pid, partial(one.work, key), amid)
            when = (
                "A request was refused, and a place came free while it was under way (it was stopped "
                f"before its step {step + 1} on Redis)"
            )
            must_keep_the_limit([*mine, refused, late], limit, window, when)
            if not stopped:
                return


def two_count_at_once(
    link: Link, one: Visitor, other: Visitor, reading: Visitor, keys: list[str]
) -> None:
    """Two requests are answered, the first stopped at each of its steps; both are in the metrics.

    What is answered while it still stands there is in the metrics already.

    keys   that nobody has used, two for each step
    """
    alone = one.pid == other.pid
    known = reading.metrics()
    for step in range(len(keys) // 2):
        known["200"] += 2
        works = [partial(one.work, keys[2 * step]), partial(other.work, keys[2 * step + 1])]
        early, stopped = _count(link, step, one.pid, works, reading, alone)
        for seen in (early or known, reading.metrics()):
            assert seen == known, (
                f"{NOT_ALL}\nTwo requests {'to one worker ' * alone}were answered 200 at the same "
                f"moment (one was stopped before its step {step + 1} on Redis); the metrics say {seen}, not "
                f"{known}"
            )
        if not stopped:
            return


def _count(
    link: Link, step: int, pid: int, works: list[partial[Asked]], reading: Visitor, alone: bool
) -> tuple[dict[str, int] | None, bool]:
    """The metrics while the first stands, if both are answered by then; whether there was such a step."""
    early: Future[dict[str, int]] | None = None
    with ThreadPoolExecutor(3) as pool:
        with link.stopping_before(step, pid, alone=alone) as stop:
            both = [pool.submit(works[0])]
            while not stop.wait(LOOK_S) and not both[0].done():
                pass
            stopped = stop.is_set()
            both.append(pool.submit(works[1]))
            if done_in_a_while(*both, seconds=ANSWERED_S):
                early = pool.submit(reading.metrics)
                if not done_in_a_while(early, seconds=ANSWERED_S):
                    early = None
        for answer in both:
            answer.result()
        return (early.result() if early else None), stopped
