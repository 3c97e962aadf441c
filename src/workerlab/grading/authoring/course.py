"""For a reader without a clone: the labs, the notebooks and the checks, in a folder of theirs.

They come from the wheel, into which `build_hook.py` packs them, or from the clone. Nothing that is
there already is ever written over.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workerlab.errors import BadUsage
from workerlab.grading.authoring.release import given
from workerlab.grading.manifest import above

PACKAGE = Path(__file__).resolve().parents[2]
PACKED = "_course"  # a folder of the package, in a wheel only
COURSE = {
    "labs": "labs",
    "notebooks": "notebooks",
    "tests/labs": "tests/labs",
    # Into a folder of ours: a licence beside the reader's own files would speak of those, too.
    "LICENSE": "notebooks/LICENSE",
    "LICENSE-prose": "notebooks/LICENSE-prose",
}


@dataclass(frozen=True)
class Put:
    """The result of `put`. Paths are relative to `folder`; `kept` were there and are not as ours."""

    folder: Path
    files: tuple[Path, ...]
    written: tuple[Path, ...]
    kept: tuple[Path, ...]


def course(home: Path) -> dict[Path, Path]:
    """The files of the course by their places in a copy, as a clone at `home` has them."""
    found = {}
    for file in sorted(given(home, COURSE)):
        name = next(name for name in COURSE if file.is_relative_to(name))
        found[Path(COURSE[name], file.relative_to(name))] = home / file
    return found


def put(folder: Path) -> Put:
    """Put the labs, the notebooks and the checks into `folder`, which is made if need be.

    Files that exist are kept, with any content. Raises BadUsage; nothing is changed then.
    """
    folder = folder.absolute()
    home = above(folder.resolve())
    if home and home != folder.resolve():
        raise BadUsage(f"{folder} is inside {home}, which has the labs", "work there")
    ours = _ours()
    _must_have_room(folder, ours)
    missing = {place: file for place, file in ours.items() if not os.path.lexists(folder / place)}
    try:
        _write(folder, missing)
        there = [place for place in ours if place not in missing]
        kept = [p for p in there if _bytes(folder / p) != ours[p].read_bytes()]
    except OSError as error:
        advice = "make room, or name a folder that you may write: --folder DIR"
        raise BadUsage(f"cannot write {folder}: {error.strerror}", advice) from error
    return Put(folder, tuple(ours), tuple(missing), tuple(kept))


def _ours() -> Mapping[Path, Path]:
    packed = PACKAGE / PACKED
    if packed.is_dir():
        files = sorted(path for path in packed.rglob("*") if path.is_file())
        # An installer compiles what it installs; compiled files are not part of the course.
        return {f.relative_to(packed): f for f in files if "__pycache__" not in f.parts}
    home = above(PACKAGE)
    if not home:
        raise BadUsage("this workerlab came without its labs", "install it from its wheel")
    return course(home)


def _must_have_room(folder: Path, ours: Mapping[Path, Path]) -> None:
    """A `labs` or `tests` folder that has nothing of ours is the reader's, and stays as it is."""
    for name in dict.fromkeys(place.parts[0] for place in ours):
        inside = [place for place in ours if place.parts[0] == name]
        if os.path.lexists(folder / name) and not any((folder / p).exists() for p in inside):
            raise BadUsage(
                f"{folder} is not empty: it has a folder {name} of its own",
                "name another folder: workerlab labs here --folder workerlab",
            )


def _write(folder: Path, files: Mapping[Path, Path]) -> None:
    """All of them, or (when there is no room, or no permission) none."""
    if not files:
        return
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _move_in(folder, files)
    except OSError:
        if new:
            folder.rmdir()
        raise


def _move_in(folder: Path, files: Mapping[Path, Path]) -> None:
    with tempfile.TemporaryDirectory(prefix=".labs-", dir=folder) as draft:
        for place, file in files.items():
            Path(draft, place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, Path(draft, place))  # not its mode: they are to be edited
        for place in files:
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            os.rename(Path(draft, place), folder / place)


def _bytes(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
