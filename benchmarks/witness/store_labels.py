"""Whether a label of a step on Redis, or Memcached, says what the store held.

A label is some statements with ", " in between, in which keys and values may be anything. So it is
read from the left: each statement is about a key that was there before or after, or about one that
was not; the first reading of the whole label in which all statements are true makes it true.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

KEY, VALUE = 40, 60  # characters of a key and of a value, as text; the last may be "…"
Holds = dict[bytes, Any]
CUT = "…"


def shown(value: Any, most: int = VALUE) -> str:
    """What a label shows of a value that the store holds."""
    if isinstance(value, float):
        value = str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, bytes):
        try:
            value = value.decode() or "''"
        except UnicodeDecodeError:
            value = repr(value)
    value = str(value)
    return value if len(value) <= most else value[: most - 1] + CUT


class Moment:
    """The store before a step and after it, with all the ways to make a true statement of each."""

    def __init__(self, before: Holds, after: Holds) -> None:
        self.before, self.after = before, after
        self.keys = sorted({*before, *after})

    def reads(self) -> Iterator[str]:
        """All true statements about what could be read, those of single keys and fields."""
        for key, value in self.before.items():
            yield from _reads_of(shown(key, KEY), value)

    def writes(self) -> Iterator[str]:
        for key in self.keys:
            yield from _writes_of(shown(key, KEY), self.before.get(key), self.after.get(key))


def _reads_of(key: str, value: Any) -> Iterator[str]:
    yield f"{key} is there"
    if isinstance(value, bytes):
        yield f"{key} = {shown(value)}"
        yield f"len({key}) = {len(value)}"
        return
    yield f"len({key}) = {len(value)}"
    if isinstance(value, dict):
        for field, one in value.items():
            yield f"{key}[{shown(field, KEY)}] = {shown(one)}"
            yield f"{key}[{shown(field, KEY)}] is there"
        yield f"{key} = {{{', '.join(f'{shown(f)}: {shown(v)}' for f, v in value.items())}}}"
    elif isinstance(value, set):
        yield f"{key} = {{{', '.join(shown(v) for v in sorted(value))}}}"
        for one in value:
            yield f"{shown(one)} is in {key}"
    elif isinstance(value, list) and all(isinstance(one, bytes) for one in value):
        yield f"{key} = [{', '.join(shown(v) for v in value)}]"
        for at, one in enumerate(value):
            yield f"{key}[{at}] = {shown(one)}"
            yield f"{key}[{at - len(value)}] = {shown(one)}"


def _writes_of(key: str, was: Any, now: Any) -> Iterator[str]:
    if now is None:
        if was is not None:
            yield f"{key} gone"
            yield f"{key}: {shown(was)} → gone"
        if isinstance(was, list | set):
            yield from _taken(key, was, type(was)())
        return
    if isinstance(now, bytes):
        yield from _text_written(key, was, now)
    elif isinstance(now, dict):
        yield from _fields(key, was if isinstance(was, dict) else {}, now)
    elif isinstance(now, set):
        new = now - (was if isinstance(was, set) else set())
        for one in new:
            yield f"{key} += {shown(one)}"
        yield f"{key} += {', '.join(shown(v) for v in sorted(new))}"
        yield from _taken(key, was, now)
    elif isinstance(now, list) and (was is None or isinstance(was, list)):
        yield from _pushed(key, was or [], now)
        yield from _taken(key, was or [], now)


def _pushed(key: str, was: list[bytes], now: list[bytes]) -> Iterator[str]:
    more = len(now) - len(was)
    if more > 0 and now[more:] == was:  # on the left, one after the other
        yield f"{key} += {', '.join(shown(v) for v in reversed(now[:more]))}"
    if more > 0 and now[: len(was)] == was:
        yield f"{key} += {', '.join(shown(v) for v in now[len(was) :])}"


def _text_written(key: str, was: Any, now: bytes) -> Iterator[str]:
    yield f"{key} = {shown(now)}"
    if was is None:
        yield f"{key} → {shown(now)}"
        yield f"{key}: 0 → {shown(now)}"
        yield f"{key} += {shown(now)}"
    elif isinstance(was, bytes):
        yield f"{key}: {shown(was)} → {shown(now)}"
        if now.startswith(was):
            yield f"{key} += {shown(now[len(was) :])}"
    if re.fullmatch(rb"[\d.e+-]+", now):
        yield f"{key} → {shown(now)}"


def _taken(key: str, was: Any, now: Any) -> Iterator[str]:
    if isinstance(was, set) and isinstance(now, set):
        gone = was - now
        for one in gone:
            yield f"{key} −= {shown(one)}"
    elif isinstance(was, list) and isinstance(now, list) and len(now) < len(was):
        less = len(was) - len(now)
        if was[less:] == now:
            yield f"{key} −= {', '.join(shown(v) for v in was[:less])}"
        if was[: len(now)] == now:
            yield f"{key} −= {', '.join(shown(v) for v in reversed(was[len(now) :]))}"


def _fields(key: str, was: dict[bytes, Any], now: dict[bytes, Any]) -> Iterator[str]:
    for field in {*was, *now}:
        place, old, new = f"{key}[{shown(field, KEY)}]", was.get(field), now.get(field)
        if new is None:
            yield f"{place} gone"
            continue
        yield f"{place} = {shown(new)}"
        yield f"{place} → {shown(new)}"
        yield f"{place}: {'0' if old is None else shown(old)} → {shown(new)}"


def _absent(said: str, holds: Holds) -> bool:
    """Whether "no count" or "no seats[1A]" is true, or "x is not in names"."""
    if match := re.fullmatch(r"(.+) is not in (.+)", said):
        there = [shown(one) for key, value in holds.items() if shown(key, KEY) == match[2]
                 and isinstance(value, set) for one in value]  # fmt: skip
        return match[1] not in there
    if not said.startswith("no "):
        return False
    place = said.removeprefix("no ")
    for key, value in holds.items():
        if shown(key, KEY) == place:
            return False
        if isinstance(value, dict) and place in (
            f"{shown(key, KEY)}[{shown(f, KEY)}]" for f in value
        ):
            return False
        if isinstance(value, list) and re.fullmatch(
            re.escape(shown(key, KEY)) + r"\[-?\d+\]", place
        ):
            at = int(place[place.rindex("[") + 1 : -1])
            return not -len(value) <= at < len(value)
    return True


def _empty(said: str, holds: Holds) -> bool:
    """Whether "len(jobs) = 0" or "jobs = []" is true: such a key is not there."""
    keys = {shown(key, KEY) for key in holds}
    match = re.fullmatch(r"len\((.+)\) = 0|(.+) = (?:\[\]|\{\})", said)
    return match is not None and (match[1] or match[2]) not in keys


def _slice(said: str, holds: Holds) -> bool:
    """Whether "jobs[0..9] = [a, b]" is true."""
    match = re.fullmatch(r"(.+)\[(-?\d+)\.\.(-?\d+)\] = \[(.*)\]", said)
    if match is None:
        return False
    value = next((v for k, v in holds.items() if shown(k, KEY) == match[1]), [])
    if not isinstance(value, list):
        return False
    first, last = int(match[2]), int(match[3])
    part = value[first : None if last == -1 else last + 1]
    return ", ".join(shown(one) for one in part) == match[4]


def true_read(label: str, before: Holds) -> bool:
    """Whether all of what a label says was read was what the store held."""
    there = {*Moment(before, before).reads()}

    def is_true(said: str) -> bool:
        return (
            said in there or _absent(said, before) or _empty(said, before) or _slice(said, before)
        )

    return _all_true(label, is_true, there)


def true_write(label: str, before: Holds, after: Holds) -> bool:
    """Whether all of what a label says was written has become what the store holds."""
    done = {*Moment(before, after).writes()}
    gone = {shown(key, KEY) for key in before if key not in after}

    def is_true(said: str) -> bool:
        several = said.removesuffix(" gone").split(", ") if said.endswith(" gone") else []
        return said in done or (bool(several) and {*several} <= gone)

    return _all_true(label, is_true, done) or _in_turn(label, done)


def _in_turn(label: str, done: set[str]) -> bool:
    """Whether several commands of a step turned one key after the other, or the same one again:
    "count: 1 → 2, count: 2 → 3".
    """
    turned: dict[str, list[tuple[str, str]]] = {}
    for said in label.split(", "):
        match = re.fullmatch(r"(.+): (.+) → (.+)", said)
        if match is None:
            return False
        turned.setdefault(match[1], []).append((match[2], match[3]))
    return all(
        all(one[1] == other[0] for one, other in pairwise(turns))
        and f"{key}: {turns[0][0]} → {turns[-1][1]}" in done
        for key, turns in turned.items()
    )


def set_and_gone(label: str, before: Holds, after: Holds) -> bool:
    """Whether it says that a key was set which was there neither before nor after: its time to live
    may have been over when the witness looked.
    """
    key, _, _ = label.partition(" = ")
    return key != label and key not in {shown(one, KEY) for one in {*before, *after}}


def _all_true(label: str, is_true: Callable[[str], bool], whole: set[str]) -> bool:
    """Whether the label can be read as true statements; its last one may have been cut off."""
    if is_true(label):
        return True
    if label.endswith(CUT) and any(one.startswith(label[:-1]) for one in whole):
        return True
    places = [match.start() for match in re.finditer(", ", label)]
    return any(is_true(label[:at]) and _all_true(label[at + 2 :], is_true, whole) for at in places)
