"""An exercise: the cell as the reader finds it, what it must do, and one answer.

Each is a file of its own, notebooks/exercises/NAME.toml:

    chapter = "08"
    hint = "What does Redis offer that reads and writes in one step?"
    start = '''…'''       the cell, without its first line, which is %%write NAME
    answer = '''…'''      one that passes, shown when the reader unfolds it

and one table that says how it is checked: [search], [schedule] or [function]; see `trying`.
"""

from __future__ import annotations

import ast
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workerlab.errors import BadUsage

__all__ = ["FOLDER", "KINDS", "Exercise", "load"]

FOLDER = Path("exercises")  # beside the chapters, in which a notebook kernel runs
KINDS = ("search", "schedule", "function")


@dataclass(frozen=True)
class Exercise:
    """An exercise of a chapter.

    kind      how it is checked: one of KINDS
    how       the table of that name
    folder    what the paths in it start from: that of the chapters
    """

    name: str
    chapter: str
    hint: str
    start: str
    answer: str
    kind: str
    how: dict[str, Any]
    folder: Path

    def is_unchanged(self, cell: str) -> bool:
        """Whether a cell says the same as the one that the reader found; comments do not count."""
        return _meaning(cell) == _meaning(self.start)


def _meaning(cell: str) -> str:
    try:
        return ast.dump(ast.parse(cell))
    except SyntaxError:  # it need not be Python
        return " ".join(cell.split())


def load(name: str, folder: Path = FOLDER) -> Exercise:
    """The exercise of this name. Raises BadUsage where there is none, or it lacks something."""
    file = folder / f"{name}.toml"
    if not name.replace("-", "").isalnum() or not file.is_file():
        known = ", ".join(sorted(each.stem for each in folder.glob("*.toml"))) or "none here"
        raise BadUsage(f"there is no exercise {name!r}", f"one of these: {known}")
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        (kind,) = [kind for kind in KINDS if kind in data]
        texts = {key: data[key] for key in ("chapter", "hint", "start", "answer")}
    except (ValueError, KeyError) as error:
        advice = f"it needs chapter, hint, start, answer, and one of {', '.join(KINDS)}"
        raise BadUsage(f"{file} cannot be read: {error}", advice) from error
    return Exercise(name=name, kind=kind, how=data[kind], folder=folder.parent, **texts)
