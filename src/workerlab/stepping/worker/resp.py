"""The replies of Redis and Valkey as values: RESP 2 and 3."""

from __future__ import annotations

from workerlab.stepping.worker.replies import Unpaired

_NUMBERS = {b"+": bytes, b"-": bytes, b":": int, b",": bytes, b"(": int}


class Refused(bytes):
    """The text of an error."""


class Pushed(list[object]):
    """What the server says by itself: no reply to a command."""


def reply_in(data: bytes, place: int = 0) -> tuple[object, int] | None:
    """The first reply and where it ends; None when it is not complete. A map is a dict by its keys."""
    end = data.find(b"\r\n", place)
    if end < 0:
        return None
    kind, line, place = data[place : place + 1], data[place + 1 : end], end + 2
    if kind == b"-":
        return Refused(line), place
    if kind in _NUMBERS:
        return _NUMBERS[kind](line), place
    if kind == b"_":
        return None, place
    if kind == b"#":
        return line == b"t", place
    if kind in (b"$", b"=", b"!"):
        return _bulk(data, kind, int(line), place)
    if kind in (b"*", b"~", b">", b"%"):
        return _many(data, kind, int(line), place)
    raise Unpaired


def _bulk(data: bytes, kind: bytes, size: int, place: int) -> tuple[object, int] | None:
    if size < 0:
        return None, place
    if len(data) < place + size + 2:
        return None
    found = data[place : place + size]
    return (Refused(found) if kind == b"!" else found), place + size + 2


def _many(data: bytes, kind: bytes, count: int, place: int) -> tuple[object, int] | None:
    if count < 0:
        return None, place
    found: list[object] = []
    for _ in range(count * (2 if kind == b"%" else 1)):
        taken = reply_in(data, place)
        if taken is None:
            return None
        found.append(taken[0])
        place = taken[1]
    if kind == b"%":
        return dict(zip(found[::2], found[1::2], strict=True)), place
    return (Pushed(found) if kind == b">" else found), place
