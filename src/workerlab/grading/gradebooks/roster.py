"""An LMS's own CSV, with one column to fill: all else stays as it is, byte for byte.

A CSV library would parse and write it anew: other quotes, other line ends, no byte order mark.
Here each cell keeps the text that it has in the file; the csv module only says what it means.

A file may be UTF-8 with or without a byte order mark, UTF-16 with one (a spreadsheet's "Unicode
text"), or the one-byte code that Windows' spreadsheets write in Western Europe; it stays what it is.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workerlab.errors import BadUsage

MARK = "\ufeff"  # the byte order mark that a spreadsheet wants
DELIMITERS = ",;\t"
UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
ONE_BYTE = "cp1252"
_WITH_COMMA, _WITH_POINT = re.compile(r"\d+,\d+"), re.compile(r"\d+\.\d+")


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
    _code: str = "utf-8"

    @property
    def header(self) -> list[str]:
        return self.values[0]

    def value(self, row: int, column: str) -> str:
        """What a row says in a column; nothing when it has no such column."""
        if column not in self.header:
            return ""
        place = self.header.index(column)
        return self.values[row][place] if place < len(self.values[row]) else ""

    def has_decimal_commas(self, columns: Iterable[str]) -> bool:
        """Whether the numbers in these columns are written as 7,5, and none as 7.5."""
        said = [self.value(row, name) for name in columns for row in range(1, len(self.values))]
        said = [text.strip() for text in said]
        return any(map(_WITH_COMMA.fullmatch, said)) and not any(map(_WITH_POINT.fullmatch, said))

    def fill(self, row: int, column: str, number: str) -> None:
        """Write a number, in quotes where it needs them.

        Raises BadUsage when the row is too short.
        """
        place = self.header.index(column)
        if place >= len(self._cells[row]):
            advice = "export it from the LMS again, and leave it as it is"
            raise BadUsage(f"{self.path}: row {row + 1} has no cell for {column!r}", advice)
        self.values[row][place] = number
        self._cells[row][place] = f'"{number}"' if self._delimiter in number else number

    def data(self) -> bytes:
        rows = zip(self._cells, self._ends, strict=True)
        text = "".join(self._delimiter.join(cells) + end for cells, end in rows)
        return (self._mark + text).encode(self._code, "surrogateescape")


def read(path: Path, system: str, known: frozenset[str]) -> Roster:
    """Read what an LMS exported; `known` are the columns by which it identifies students.

    Raises BadUsage when it cannot be read, or when none of these columns is there.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        advice = f"export it from {system} and name it: --roster FILE"
        raise BadUsage(f"cannot read the roster {path}: {error.strerror}", advice) from error
    found = [roster for code in _codes(raw) for roster in _read_as(path, raw, code, known)]
    if found:  # in the code that lets us read most of its columns
        return max(found, key=lambda roster: len(known.intersection(roster.header)))
    advice = f"give the file that {system} itself exports, unchanged"
    columns = ", ".join(sorted(known))
    raise BadUsage(f"{path} has none of these columns: {columns}", advice)


def _read_as(path: Path, raw: bytes, code: str, known: frozenset[str]) -> Iterator[Roster]:
    try:
        text = raw.decode(code, "surrogateescape")
    except UnicodeDecodeError:  # UTF-16 that is none
        return
    mark = MARK if text.startswith(MARK) else ""
    text = text.removeprefix(MARK)
    for delimiter in DELIMITERS:
        cells, ends = _cut(text, delimiter)
        values = _parsed(text, delimiter)
        if values and known & set(values[0]) and [*map(len, values)] == [*map(len, cells)]:
            yield Roster(path, values, cells, ends, delimiter, mark, code)
            return


def _codes(raw: bytes) -> Iterator[str]:
    """The codes that a file may be in, the likely one first; each gives the same bytes back."""
    for mark, code in UTF_16.items():
        if raw.startswith(mark):
            if len(raw) % 2 == 0:
                yield code
            return
    yield "utf-8"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        with suppress(UnicodeDecodeError):
            raw.decode(ONE_BYTE)
            yield ONE_BYTE


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
