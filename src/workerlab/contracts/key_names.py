"""Customers of lab 19 whose names meet the names that the app uses in its Redis.

What the app calls a customer's things is seen, not known: in what it sends, and in what is stored.
If the things of `ann` are named `log:ann` and `log:ann:lock`, then the first thing of a customer
`ann:lock` has the name of the second one of `ann`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

__all__ = ["texts_in", "who_has_such_names"]

MOST = 12  # customers
LONGEST = 1000  # bytes of a customer's name
_LENGTH = re.compile(rb"\$(\d+)\r\n")


def texts_in(pieces: Iterable[bytes]) -> list[bytes]:
    """All texts in what a client has sent to its Redis, names of keys among them."""
    return [
        piece[found.end() : found.end() + int(found.group(1))]
        for piece in pieces
        for found in _LENGTH.finditer(piece)
    ]


def who_has_such_names(known: bytes, names: Iterable[bytes]) -> list[bytes]:
    """Customers of whom one thing would have the name of another thing of `known`, or of the app.

    names   those that the app uses, of whatever it is
    """
    names = [*dict.fromkeys(names)]
    found = dict.fromkeys(name for name in names if _may_be_a_customer(name) and name != known)
    of_known = [name for name in names if known in name]
    met = dict.fromkeys(_meetings(known, of_known))
    return [*[*met][:MOST], *[*found][:MOST]]


def _meetings(known: bytes, names: list[bytes]) -> Iterator[bytes]:
    for one in names:
        before, _, behind = one.partition(known)
        for other in names:
            if other != one and other.startswith(before) and other.endswith(behind):
                customer = other[len(before) : len(other) - len(behind)]
                if _may_be_a_customer(customer) and customer != known:
                    yield customer


def _may_be_a_customer(name: bytes) -> bool:
    """Whether it is a text of one line without blanks at its ends, as a header has it."""
    try:
        text = name.decode()
    except UnicodeDecodeError:
        return False
    return 0 < len(name) <= LONGEST and text.strip() == text and text.isprintable()
