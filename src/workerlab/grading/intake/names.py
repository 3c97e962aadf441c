"""What people make of a name: which lab it means, and which file was asked for.

>>> lab_number("Lab 8 (final)"), lab_number("ada_lab08.zip"), lab_number("slabs"), alike("App (1).py")
(8, 8, None, 'app.py')
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from workerlab.grading.manifest import Manifest

_LAB = re.compile(r"(?<![a-z])lab[ _.-]*0*(\d{1,2})(?!\d)", re.IGNORECASE)
_COPY = re.compile(
    r"(?: ?\(\d{1,2}\)|[ _-]\d{1,2}| ?[-_ ] ?(?:cop(?:y|ie|ia)|kopie)(?: ?\(?\d{1,2}\)?)?)+$"
)
_COPY_OF = re.compile(r"^(?:copy of|cop(?:ie|ia) de|kopie von) ")
_AS_TEXT = re.compile(r"(?<=\.py|oml)\.txt$")


def lab_number(name: str) -> int | None:
    """The number of the one lab that a name means; None when it means none, or several."""
    found = {int(number) for number in _LAB.findall(name)}
    return found.pop() if len(found) == 1 else None


def lab_meant(name: str, labs: Iterable[Manifest]) -> str:
    """The name of the lab that a folder or a file means, or ""."""
    number, plain = lab_number(name), _plain(name)
    for lab in labs:
        if plain == _plain(lab.name) or (number is not None and number == lab_number(lab.name)):
            return lab.name
    return ""


def lab_of(path: PurePosixPath, labs: Iterable[Manifest]) -> tuple[str, int]:
    """The lab that the folders of a path mean, the innermost first; and that folder's depth.

    ("", 0) when none of them means a lab.
    """
    labs = list(labs)
    for depth in range(len(path.parts), 0, -1):
        if name := lab_meant(path.parts[depth - 1], labs):
            return name, depth
    return "", 0


def alike(name: str) -> str:
    """A file's name without what computers and habit add: capitals, " (1)", "-1", ".txt", " - Copy"."""
    path = PurePosixPath(_AS_TEXT.sub("", name.lower()))
    stem = _COPY.sub("", _COPY_OF.sub("", path.stem))
    return f"{_plain(stem)}{path.suffix}"


def _plain(name: str) -> str:
    return re.sub(r"[ _-]+", "_", name.lower().strip())
