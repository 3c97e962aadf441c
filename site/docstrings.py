"""Our docstrings, as Sphinx reads them: they are written for `help()`, in plain words.

What stands indented after a colon is code, and lines such as `name   what it is` are a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from statistics import mode
from typing import Any

from sphinx.application import Sphinx

ROW = re.compile(r"\S+(?:,? \S+)* {2,}(?=\S)")
CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)(\w?)")
DOCTEST = ">>> "


def to_rst(lines: list[str]) -> list[str]:
    """The docstring as reStructuredText.

    >>> to_rst(["Use it:", "", "    serve(app)", "", "quick   only some", "        of them"])
    ['Use it:', '', '::', '', '    serve(app)', '', '``quick``', '    only some of them', '']
    """
    return [line for block in _blocks(lines) for line in [*_converted(block), ""]]


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    for filled, block in groupby(lines, key=lambda line: bool(line.strip())):
        if filled:
            yield list(block)


def _converted(block: list[str]) -> list[str]:
    indented = all(line.startswith("    ") for line in block)
    shown = [line[4:] for line in block] if indented else block
    if rows := _rows(shown):
        return rows
    if indented and not shown[0].startswith(DOCTEST):
        return ["::", "", *block]
    return shown if shown[0].startswith(DOCTEST) else [_marked(line) for line in shown]


def _rows(block: list[str]) -> list[str]:
    """A definition list, if each line is a term and its text or goes on with the text above."""
    rows = [ROW.match(line) for line in block]
    if not rows[0] or len(block) < 2:
        return []
    column = mode(row.end() for row in rows if row)  # where the longest term has one space only
    definitions: list[str] = []
    for line, row in zip(block, rows, strict=True):
        at = row.end() if row else column
        if line.startswith(" "):
            definitions[-1] += f" {_marked(line.strip())}"
        elif line[at - 1 : at] == " ":
            definitions += [_code(line[:at].strip()), f"    {_marked(line[at:])}"]
        else:
            return []
    return definitions


def _marked(line: str) -> str:
    """With each `name` as code, also where a word goes on behind it."""
    return CODE.sub(lambda found: f"``{found[1]}``" + (f"\\ {found[2]}" if found[2] else ""), line)


def _code(term: str) -> str:
    return ", ".join(f"``{name}``" for name in term.split(", "))


def convert(app: Sphinx, kind: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = to_rst(lines)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", convert)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
