"""An LMS's own CSV, with one column to fill: all else stays as it is, byte for byte.

A CSV library would parse and write it anew: other quotes, other line ends, no byte order mark.
Here each cell keeps the text that it has in the file; the csv module only says what it means.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from workerlab.errors import BadUsage

MARK = "\ufeff"  # the byte order mark that a spreadsheet wants
DELIMITERS = ",;\t"


@dataclass
class Roster:
    """The rows of a file: `values` are the values, `_cells` their text in the file.

    `values[0]` is the header; a row is named by its place in `values`.
    """

    path: Path
    values: list[list[str]]
    _cells: list[list[str]]
    _ends: list[str]
    _delimiter: str
    _mark: str

    @property
    def header(self) -> list[str]:
        return self.values[0]

    def value(self, row: int, column: str) -> str:
        """What a row says in a column; nothing when it has no such column."""
        if column not in self.header:
            return ""
        place = self.header.index(column)
        return self.values[row][place] if place < len(self.values[row]) else ""

    def fill(self, row: int, column: str, number: str) -> None:
        """Write a number, which needs no quotes. Raises BadUsage when the row is too short."""
        place = self.header.index(column)
        if place >= len(self._cells[row]):
            advice = "export it from the LMS again, and leave it as it is"
            raise BadUsage(f"{self.path}: row {row + 1} has no cell for {column!r}", advice)
        self._cells[row][place] = self.values[row][place] = number

    def data(self) -> bytes:
        rows = zip(self._cells, self._ends, strict=True)
        text = "".join(self._delimiter.join(cells) + end for cells, end in rows)
        return (self._mark + text).encode("utf-8", "surrogateescape")


def read(path: Path, system: str, known: frozenset[str]) -> Roster:
    """Read what an LMS exported; `known` are the columns by which it identifies students.

    Raises BadUsage when it cannot be read, or when none of these columns is there.
    """
    try:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        advice = f"export it from {system} and name it: --roster FILE"
        raise BadUsage(f"cannot read the roster {path}: {error.strerror}", advice) from error
    mark = MARK if text.startswith(MARK) else ""
    text = text.removeprefix(MARK)
    for delimiter in DELIMITERS:
        cells, ends = _cut(text, delimiter)
        values = _parsed(text, delimiter)
        if values and known & set(values[0]) and [*map(len, values)] == [*map(len, cells)]:
            return Roster(path, values, cells, ends, delimiter, mark)
    advice = f"give the file that {system} itself exports, in English and in UTF-8, unchanged"
    columns = ", ".join(sorted(known))
    raise BadUsage(f"{path} has none of these columns: {columns}", advice)


def _parsed(text: str, delimiter: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return []
    return [row or [""] for row in rows]


def _cut(text: str, delimiter: str) -> tuple[list[list[str]], list[str]]:
    """Each cell as it is written, quotes and all, and how each line ends."""
    quoted, bare = r'"(?:[^"]++|"")*+"', rf"[^{delimiter}\r\n]*+"
    cell = re.compile(rf"((?:{quoted})?{bare})({re.escape(delimiter)}|\r\n|\n|\r|\Z)")
    rows: list[list[str]] = [[]]
    ends: list[str] = []
    place = 0
    while place < len(text) or rows[-1]:
        found = cell.match(text, place)
        if found is None:  # a quote that never ends
            return [], []
        rows[-1].append(found[1])
        place = found.end()
        if found[2] != delimiter:
            ends.append(found[2])
            rows.append([])
    return rows[:-1], ends
