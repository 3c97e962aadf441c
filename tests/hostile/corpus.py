"""The corpus: what each hostile submission is, what it may deserve, and how it is handed in.

A submission is `GROUP/NAME.py`, the app.py itself, or a folder `GROUP/NAME/` of several files (a
file called `conftest.py.planted` is handed in as conftest.py: here it must not act), or a function
in packed.py. Three counters are handed in beside each, to be built on: plain.py, which is as wrong
as neighbours/wrong.py, turning.py, which is so until an attack that worked calls `be_right()`, and
racing.py, which reads and then writes, as neighbours/racy.py does.
"""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import packed

HERE = Path(__file__).parent
LAB = "lab60_counter"
NEIGHBOURS = ("right", "wrong", "racy")
PLANTED = ".planted"
NOT_GROUPS = {"home", "neighbours", "__pycache__"}


@dataclass(frozen=True)
class Hostile:
    """One hostile submission.

    attacks   in one line, what it tries
    deserves  "nothing", "anything", or "as NEIGHBOUR": no check passes that theirs does not;
              or "as NEIGHBOUR without CHECK"
    write     makes it: given a path without a suffix, it writes a folder there or a file beside
    """

    name: str
    group: str
    attacks: str
    deserves: str
    write: Callable[[Path], None]


def corpus() -> list[Hostile]:
    """Every hostile submission, by group and name. Raises ValueError for one that says too little."""
    found = []
    for group in sorted(HERE.iterdir()):
        if group.is_dir() and group.name not in NOT_GROUPS:
            found += [_from_disk(place) for place in sorted(group.iterdir()) if _is_one(place)]
    found += [
        _hostile(make.__name__, "handed_in", make.__doc__, make) for make in packed.SUBMISSIONS
    ]
    return found


def _is_one(place: Path) -> bool:
    return place.suffix == ".py" or (place / "app.py").is_file()


def _from_disk(place: Path) -> Hostile:
    main = place if place.is_file() else place / "app.py"
    text = ast.get_docstring(ast.parse(main.read_text(encoding="utf-8")))

    def write(target: Path) -> None:
        folder = target / LAB
        if place.is_dir():
            shutil.copytree(place, folder, ignore=shutil.ignore_patterns("__pycache__"))
            for file in [*folder.rglob(f"*{PLANTED}")]:
                file.rename(file.with_name(file.name.removesuffix(PLANTED)))
        else:
            folder.mkdir(parents=True)
            shutil.copyfile(place, folder / "app.py")
        shutil.copyfile(HERE / "neighbours" / "wrong.py", folder / "plain.py")
        shutil.copyfile(HERE / "neighbours" / "turning.py", folder / "turning.py")
        shutil.copyfile(HERE / "neighbours" / "racing.py", folder / "racing.py")

    return _hostile(place.stem, place.parent.name, text, write)


def _hostile(name: str, group: str, text: str | None, write: Callable[[Path], None]) -> Hostile:
    attacks = (text or "").partition("\n")[0]
    deserves = re.search(r"^\s*Deserves: (.+?)\.?$", text or "", re.MULTILINE)
    allowed = {"nothing", "anything", *(f"as {name}" for name in NEIGHBOURS)}
    if not attacks or deserves is None or deserves[1].partition(" without ")[0] not in allowed:
        raise ValueError(
            f"{group}/{name} must say what it attacks, and what it deserves: {allowed}"
        )
    return Hostile(name, group, attacks, deserves[1], write)


def write_neighbour(name: str, target: Path) -> None:
    folder = target / LAB
    folder.mkdir(parents=True)
    shutil.copyfile(HERE / "neighbours" / f"{name}.py", folder / "app.py")
