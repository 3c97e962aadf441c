"""`--map FILE`: an instructor's own word on whose a submission is, and which file of it is which.

A CSV with these columns, of which only the first must be there:

    package   what was handed in, as grades.csv shows it in the column `package`, or the row's name
    file      a file or folder in it, as in the column `found`; empty: all of it, by the usual rules
    as        the file that it is for the lab; empty: the only one that the lab asks for
    lab       the lab; empty: the only one that is graded
    student   whose it is; empty: stays as it is; "-": nobody's, it has no row
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from workerlab.errors import BadUsage
from workerlab.grading.manifest import Manifest

COLUMNS = ("package", "file", "as", "lab", "student")
ADVICE = f"a CSV with a line for each case, and at its head: {','.join(COLUMNS)}"


@dataclass(frozen=True)
class Settled:
    """One line of a map; see the head of this module. `line` is its number in the file `map`."""

    map: str
    line: int
    package: str
    file: str = ""
    part: str = ""  # the column `as`
    lab: str = ""
    student: str = ""

    def wrong(self, what: str, help_: str = ADVICE) -> BadUsage:
        return BadUsage(f"{self.map}, line {self.line}: {what}", help_)

    @property
    def where(self) -> str:
        return f"as {Path(self.map).name}, line {self.line}, says"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def read_map(path: Path, planned: Iterable[Manifest]) -> list[Settled]:
    """Read a map for a class that is graded in some labs. Raises BadUsage, which names the line."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise BadUsage(f"cannot read the map {path}: {why}", ADVICE) from error
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    labs = {lab.name: lab for lab in planned}
    settled: list[Settled] = []
    try:
        names = [cell.strip().lower() for cell in next(rows, [])]
        _must_be_columns(path, names)
        for row in rows:
            cells = [cell.strip() for cell in row]
            if any(cells):
                settled.append(_line(str(path), rows.line_num, names, cells, labs))
    except csv.Error as error:
        raise BadUsage(f"{path}, line {rows.line_num}: {error}", ADVICE) from error
    return settled


def _must_be_columns(path: Path, names: list[str]) -> None:
    wrong = [name for name in names if name not in COLUMNS]
    if "package" not in names:
        raise BadUsage(f"{path}, line 1: there is no column `package`", ADVICE)
    if wrong or len(set(names)) < len(names):
        which = repr(wrong[0]) if wrong else "twice the same"
        raise BadUsage(f"{path}, line 1: no column of a map is {which}", ADVICE)


def _line(
    path: str, number: int, names: list[str], cells: list[str], labs: dict[str, Manifest]
) -> Settled:
    words = dict(zip(names, cells, strict=False))
    words["part"] = words.pop("as", "")
    one = Settled(path, number, **words)
    if len(cells) > len(names):
        raise one.wrong(f"it has {len(cells)} cells, and the first line has {len(names)}")
    if not one.package:
        raise one.wrong("it does not say which package")
    if not one.file and not one.student:
        raise one.wrong("it says neither which file nor whose it is")
    if (one.part or one.lab) and not one.file:
        raise one.wrong("it says what a file is, and not which file")
    return _whole(one, labs) if one.file else one


def _whole(one: Settled, labs: dict[str, Manifest]) -> Settled:
    """With the lab that is meant, and the file that it is there."""
    known = ", ".join(labs)
    fits = [name for name in labs if one.lab in ("", name) or name.startswith(f"{one.lab}_")]
    if len(fits) != 1:
        which = (
            f"{one.lab!r} is no lab of this class" if one.lab else "it does not say for which lab"
        )
        raise one.wrong(which, f"name one of: {known}")
    edits = labs[fits[0]].edits
    if one.part and one.part not in edits:
        raise one.wrong(f"{fits[0]} asks for no {one.part!r}", f"name one of: {', '.join(edits)}")
    return replace(one, lab=fits[0])
