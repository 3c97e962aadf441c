"""The lines that a worker says it is at, read from the student's files and from nowhere else.

A worker runs the student's code, so its reports may be forged: with the path of any file that we
can read, and the lines of that file would then be in the student's report.
"""

import os
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from workerlab.errors import BadUsage
from workerlab.servers.interpreter import Interpreter

LONGEST = 1_000_000  # bytes of a source file


class Sources:
    """Lines of the files in these folders (or of these files), as they were when first asked for."""

    def __init__(self, places: Iterable[str | Path]) -> None:
        self.places = [Path(place).resolve() for place in places]
        self._known: dict[str, list[str]] = {}

    def line(self, file: str, number: int) -> str:
        """A line without its indentation; "" for one that there is not, or that is not theirs."""
        if file not in self._known:
            self._known[file] = self._lines(file)
        lines = self._known[file]
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""

    def _lines(self, file: str) -> list[str]:
        path = Path(file)
        try:
            real = path.parent.resolve() / path.name
            if not any(real.is_relative_to(place) for place in self.places):
                return []
            with os.fdopen(os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)) as opened:
                return opened.read(LONGEST).splitlines()
        except (OSError, ValueError):
            return []


def place_of(package: str, python: Interpreter | None = None) -> str:
    """Where a package's lines are: its folder, or its one file. Raises BadUsage for none.

    python   the interpreter that has it; ours unless given
    """
    place = ""
    if package.isidentifier():
        place = python.place_of(package) if python else _place_here(package)
    if not place:
        raise BadUsage(f"there is no package {package!r} to trace into", "name one by its import")
    return place


def _place_here(package: str) -> str:
    found = find_spec(package)
    if found is None or not found.origin:
        return ""
    return str(Path(found.origin).parent if found.submodule_search_locations else found.origin)
