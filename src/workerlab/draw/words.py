"""Text that fits: cleaned of what would break a drawing, measured in cells, cut to size.

>>> shorten("a long value", 8)
'a long …'
>>> cells("日本")
4
"""

from __future__ import annotations

import json
import textwrap
import unicodedata

from workerlab.evidence import for_readers

_JOINER = "\u200d"  # holds an emoji of several signs together


def clean(value: object, most: int = 2_000) -> str:
    """`harmless`, and without the sign for a new number: what is drawn is no command to be typed."""
    return harmless(for_readers(str(value)), most)


def harmless(text: str, most: int = 2_000) -> str:
    """Return `text` as one line that a terminal and an XML file both survive.

    Line ends become a visible sign; control characters and signs that reverse the direction of
    writing would act on the drawing itself, so they become "�".
    """
    text = text[:most]
    text = text.replace("\r\n", "\n").replace("\n", "⏎").replace("\t", "    ")
    return "".join(sign if _harmless(sign) else "�" for sign in text)


def _harmless(sign: str) -> bool:
    category = unicodedata.category(sign)
    return sign == _JOINER or category not in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")


def cells(text: str) -> int:
    """How many cells of a terminal the text takes."""
    return sum(_cells_of(sign) for sign in text)


def _cells_of(sign: str) -> int:
    if unicodedata.combining(sign) or sign == _JOINER:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def shorten(text: str, most: int) -> str:
    """Cut the text to at most `most` cells, with "…" in place of the rest."""
    if cells(text) <= most:
        return text
    kept, room = [], most - 1
    for sign in text:
        room -= _cells_of(sign)
        if room < 0:
            break
        kept.append(sign)
    return "".join(kept) + "…" if most > 0 else ""


def pad(text: str, width: int) -> str:
    """Fill up with spaces to `width` cells."""
    return text + " " * max(0, width - cells(text))


def wrap(text: str, width: int, most: int = 6) -> list[str]:
    """Break into at most `most` lines of `width` characters."""
    lines = textwrap.wrap(text, max(width, 8), max_lines=most, placeholder=" …")
    return lines or [""]


def brief(body: object, most: int = 40) -> str:
    """A response in a few cells: the one value of {"count": 5}, or the body as JSON, cut.

    >>> brief({"count": 5}), brief({"a": 1, "b": 2}), brief("<html>")
    ('5', '{"a": 1, "b": 2}', '<html>')
    """
    if isinstance(body, dict) and len(body) == 1:
        (body,) = body.values()
    return in_full(body, most)


def in_full(body: object, most: int = 60) -> str:
    """A response as it came: text as text, anything else as JSON, cut.

    >>> in_full({"count": 5})
    '{"count": 5}'
    """
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, default=str)
    return shorten(clean(text), most)


def counted(number: int, noun: str) -> str:
    """A number and its noun: "1 request", "2 requests"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def value_of(read: str) -> str:
    """The value alone of what was read; all of it where it is several, or none.

    >>> value_of("count = 0"), value_of("0"), value_of("a = 1, b = 2"), value_of("no count")
    ('0', '0', 'a = 1, b = 2', 'no count')
    """
    key, is_said, value = read.partition(" = ")
    alone = is_said and " = " not in value and not key.startswith(("'", '"', "b'", "{", "["))
    return value if alone else read


def in_past(wrote: str) -> str:
    """What was done to a store, beside the step that did it.

    >>> in_past("count = 1"), in_past("count gone")
    ('wrote count = 1', 'count gone')
    """
    return wrote if wrote.endswith(" gone") else f"wrote {wrote}"
