"""A text that fits a regular expression: the shortest, read from how Python itself parses it."""

from __future__ import annotations

import re
from re import _constants as code  # type: ignore[attr-defined]  # Python's own parser, which has
from re import _parser  # type: ignore[attr-defined]  # … no public name
from typing import Any

CATEGORIES = {
    code.CATEGORY_DIGIT: "1",
    code.CATEGORY_WORD: "a",
    code.CATEGORY_SPACE: " ",
    code.CATEGORY_NOT_DIGIT: "a",
    code.CATEGORY_NOT_WORD: "-",
    code.CATEGORY_NOT_SPACE: "a",
}


def text_for(pattern: str, letter: str, least: float = 0, most: float = 1000) -> str | None:
    """A text of `least` to `most` characters that fits; None when none is found.

    letter   is used where the pattern leaves a choice

    >>> text_for(r"^[A-Z]{2}-[0-9]{3,}$", "b"), text_for(r"^(red|blue)$", "a"), text_for("^[0-9", "a")
    ('AA-000', 'red', None)
    """
    try:
        tree = _parser.parse(pattern)
        for repeat in (1, 2, 4, 8, 16, 32, 64):
            text = _made(tree, letter, repeat)
            if least <= len(text) <= most and re.search(pattern, text):
                return text
    except (re.error, KeyError, OverflowError, RecursionError):
        pass
    return None


def _made(tree: Any, letter: str, repeat: int) -> str:
    """A text for a parsed pattern. Raises KeyError for what is not known here."""
    return "".join(_one(kind, value, letter, repeat) for kind, value in tree)


def _one(kind: Any, value: Any, letter: str, repeat: int) -> str:
    match kind:
        case code.LITERAL:
            return chr(value)
        case code.ANY:
            return letter[:1]
        case code.NOT_LITERAL:
            return letter[:1] if ord(letter[0]) != value else "-"
        case code.IN:
            return _in(value, letter)
        case code.BRANCH:
            return _made(value[1][0], letter, repeat)
        case code.SUBPATTERN:
            return _made(value[-1], letter, repeat)
        case code.MAX_REPEAT | code.MIN_REPEAT | code.POSSESSIVE_REPEAT:
            low, high, inner = value
            times = int(min(max(low, repeat if low or repeat > 1 else 0), int(high)))
            return _made(inner, letter, repeat) * times
        case code.AT | code.ASSERT | code.ASSERT_NOT:
            return ""
    raise KeyError(kind)


def _in(choices: Any, letter: str) -> str:
    if choices[0][0] is code.NEGATE:
        return letter[:1]
    for kind, value in choices:
        if kind is code.RANGE and value[0] <= ord(letter[0]) <= value[1]:
            return letter[0]
    kind, value = choices[0]
    if kind is code.RANGE:
        return chr(value[0])
    return str(CATEGORIES[value]) if kind is code.CATEGORY else chr(value)
