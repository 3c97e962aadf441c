"""The effect of many hours on a store, without waiting for them.

What has a time-to-live in Redis, a key or a field of a hash, runs out at once. A lock or a cache may:
no request is under way. What must last may not.

Not seen is an age that the app reckons itself, from a moment that it has written down: rows that it
deletes when they are older than two seconds, say. No store knows of it before that time has passed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from math import inf

from redis import Redis
from redis.exceptions import ResponseError

from workerlab.draw.words import clean
from workerlab.grading.stores import in_time, redis_at

__all__ = ["after_a_night", "let_the_night_pass"]

MOST_NAMED = 3  # of what has run out, in a message
LONGEST = 40  # signs of a name


@contextmanager
def after_a_night(env: Mapping[str, str]) -> Iterator[None]:
    """What the block asks, it asks after a night: an AssertionError in it says what ran out.

    env   the app's settings, of which REDIS_URL names a store
    """
    over = let_the_night_pass(env["REDIS_URL"])
    try:
        yield
    except AssertionError as error:
        own, _, _ = str(error).partition("\nassert ")  # what pytest adds
        kind, more, rest = own.partition("\n")
        after = f"{_in_words(over)}: {rest.lstrip() or kind}"
        raise AssertionError(f"{kind}\n{after[0].upper()}{after[1:]}" if more else after) from None


def _in_words(over: list[str]) -> str:
    if not over:
        return "after a quiet night"
    named = ", ".join(over[:MOST_NAMED]) + ", …" * (len(over) > MOST_NAMED)
    return f"after a night, in which a time-to-live ran out in Redis ({named})"


def let_the_night_pass(url: str, seconds: float = inf) -> list[str]:
    """Let everything in this Redis database run out that has a time-to-live; what that was, in words.

    seconds   how long the night is: what has longer to live stays as it is
    """
    with redis_at(url) as store:
        keys = [*in_time(store.scan_iter(), "keys")]
        return [name for key in keys for name in _run_out(store, key, seconds * 1000)]


def _run_out(store: Redis, key: bytes, longest: float) -> Iterator[str]:
    name, left = clean(key.decode(errors="replace"), LONGEST), store.pttl(key)
    if left >= longest:
        return
    if left >= 0:
        store.pexpire(key, 1, xx=True)  # none that another client has set anew without a time
        while store.pttl(key) >= 0:
            pass  # a millisecond
        yield f"{name!r}, {left / 1000:.0f} s"
    elif store.type(key) == b"hash":
        fields = [*in_time(iter(store.hkeys(key)), "fields")]
        with suppress(ResponseError):  # a server whose fields have no times
            for field, time in zip(fields, store.hpttl(key, *fields), strict=True):
                if 0 <= time < longest:
                    store.hdel(key, field)
                    yield f"a field of {name!r}, {time / 1000:.0f} s"
