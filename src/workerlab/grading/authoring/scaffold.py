"""A new lab to begin with: small, whole, and proved as it stands.

It is a copy of `template/`, a lab like any other, under the wanted name.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from workerlab.errors import BadUsage
from workerlab.grading.manifest import Manifest, all_labs, find, root

TEMPLATE = Path(__file__).parent / "template"
LIKE = "lab00_votes"
NAME = re.compile(r"lab(\d\d)_[a-z][a-z0-9_]*")


def make(name: str) -> tuple[Manifest, list[Path]]:
    """Write a new lab into the repository: all of it, or nothing.

    name   such as lab20_votes; the number is the lab's own

    Returns the lab, and the files relative to the repository. Raises BadUsage for a name that is
    none or is taken, and for a repository that cannot be written.
    """
    found = NAME.fullmatch(name)
    if not found:
        raise BadUsage(f"{name!r} is no name for a lab", "call it like this: lab20_votes")
    taken = [lab.name for lab in all_labs() if lab.name[:5] == name[:5]]
    if taken:
        raise BadUsage(f"there is {taken[0]} already", f"take another number than {found[1]}")
    home = root()
    places = [Path(*(part.replace(LIKE, name) for part in place.parts)) for place in _places()]
    for place in places:
        if (home / place).exists():
            raise BadUsage(f"{place} is there already", "move it away, or take another name")
    try:
        with tempfile.TemporaryDirectory(prefix=".new-lab-", dir=home) as draft:
            for file in _files():
                target = Path(draft, *(part.replace(LIKE, name) for part in file.parts))
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(_renamed((TEMPLATE / file).read_text("utf-8"), name), "utf-8")
            written = sorted(file.relative_to(draft) for file in Path(draft).rglob("*.*"))
            _move(Path(draft), home, places)
    except OSError as error:
        advice = "make room, or work in a copy that you may write; nothing was changed"
        raise BadUsage(f"the lab cannot be written: {error.strerror}", advice) from error
    return find(name), [home / file for file in written if (home / file).is_file()]


def _move(draft: Path, home: Path, places: list[Path]) -> None:
    done: list[Path] = []
    try:
        for place in places:
            (home / place).parent.mkdir(parents=True, exist_ok=True)
            done.append(home / place)
            (draft / place).rename(home / place)
    except OSError:
        for place in done:
            shutil.rmtree(place, ignore_errors=True)
            place.unlink(missing_ok=True)
        raise


def _places() -> list[Path]:
    """The four folders and files that a lab consists of, relative to the repository."""
    tests = Path("tests")
    return [
        Path("labs", LIKE),
        Path("solutions", LIKE),
        tests / "mutants" / LIKE,
        tests / "labs" / f"test_{LIKE}.py",
    ]


def _files() -> Iterator[Path]:
    for path in sorted(TEMPLATE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(TEMPLATE)


def _renamed(text: str, name: str) -> str:
    number = name[3:5]
    return (
        text.replace(LIKE, name)
        .replace("Lab 00", f"Lab {number}")
        .replace("lab 00", f"lab {number}")
    )
