"""The corpus: what each hostile submission is, what it may deserve, and how it is handed in.

A submission is `GROUP/NAME.py`, the file that its lab asks for, or a folder `GROUP/NAME/` of several
files (a file called `conftest.py.planted` is handed in as conftest.py: here it must not act), or a
function in packed.py. Beside each of lab60_counter and of the other labs that have a Redis, three
counters are handed in, to be built on: plain.py, which is as wrong as neighbours/wrong.py,
turning.py, which is so until an attack that worked calls `be_right()`, and racing.py, which reads
and then writes, as neighbours/racy.py does.
"""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import packed

from workerlab.grading.manifest import read

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
LAB, STORES = "lab60_counter", "lab61_stores"  # labs for attacks only, in home
NEIGHBOURS = ("right", "wrong", "racy")  # of LAB; a real lab: its solution, its starter
PLANTED = ".planted"
NOT_GROUPS = {"home", "neighbours", "__pycache__"}
PATIENT = {"evasion", "points"}  # groups about points: a row that ran out of time proves nothing
BESIDE = {"plain.py": "wrong.py", "turning.py": "turning.py", "racing.py": "racing.py"}
CLAIM = re.compile(
    r"nothing|anything|as (right|wrong|racy)( without \w+)?|fails \w+|(at most )?[\d.]+ points?"
)


@dataclass(frozen=True)
class Hostile:
    """One hostile submission.

    attacks   in one line, what it tries
    deserves  claims, each of them true: "nothing", "anything", "5 points", "at most 1 point",
              "fails CHECK", or "as NEIGHBOUR": no check passes that theirs does not; or
              "as NEIGHBOUR without CHECK"
    lab       that it is handed in for
    write     makes it: given a path without a suffix, it writes a folder there or a file beside
    """

    name: str
    group: str
    attacks: str
    deserves: tuple[str, ...]
    lab: str
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


def home_of(lab: str) -> Path:
    """The repository that a lab is in: a little one of our own, or the real one."""
    return HERE / "home" if lab in (LAB, STORES) else REPOSITORY


@cache
def asked_for(lab: str) -> str:
    """The file that a lab wants to have handed in."""
    return read(home_of(lab) / "labs" / lab).edits[0]


def neighbours(lab: str) -> tuple[str, ...]:
    """The honest submissions for a lab."""
    return NEIGHBOURS if lab == LAB else NEIGHBOURS[:2]


def _is_one(place: Path) -> bool:
    return place.suffix == ".py" or _main(place).is_file()


def _main(place: Path) -> Path:
    """The file of a submission that says what it is."""
    if place.suffix == ".py":
        return place
    return next((one for one in (place / "app.py", place / "detective.py") if one.exists()), place)


def _from_disk(place: Path) -> Hostile:
    text = ast.get_docstring(ast.parse(_main(place).read_text(encoding="utf-8")))

    def write(target: Path) -> None:
        folder = target / one.lab
        if place.is_dir():
            shutil.copytree(place, folder, ignore=shutil.ignore_patterns("__pycache__"))
            for file in [*folder.rglob(f"*{PLANTED}")]:
                file.rename(file.with_name(file.name.removesuffix(PLANTED)))
        else:
            folder.mkdir(parents=True)
            shutil.copyfile(place, folder / asked_for(one.lab))
        for name, neighbour in BESIDE.items():
            shutil.copyfile(HERE / "neighbours" / neighbour, folder / name)

    one = _hostile(place.stem, place.parent.name, text, write)
    return one


def _hostile(name: str, group: str, text: str | None, write: Callable[[Path], None]) -> Hostile:
    attacks = (text or "").partition("\n")[0]
    deserves = re.search(r"^\s*Deserves: (.+?)\.?$", text or "", re.MULTILINE)
    lab = re.search(r"^\s*Lab: (\w+)$", text or "", re.MULTILINE)
    claims = tuple(deserves[1].split(", ")) if deserves else ()
    if not attacks or not claims or not all(map(CLAIM.fullmatch, claims)):
        raise ValueError(
            f"{group}/{name} must say what it attacks, and what it deserves: {CLAIM.pattern}"
        )
    return Hostile(name, group, attacks, claims, lab[1] if lab else LAB, write)


def write_neighbour(name: str, target: Path, lab: str = LAB) -> None:
    folder = target / lab
    folder.mkdir(parents=True)
    if lab in (LAB, STORES):
        source = HERE / "neighbours" / f"{name}.py"
    else:
        source = REPOSITORY / {"right": "solutions", "wrong": "labs"}[name] / lab / asked_for(lab)
    shutil.copyfile(source, folder / asked_for(lab))
