"""The folder of a class: where each submission lies, also one folder too high, or in one big zip.

handed-in/ada/ …                      as it is
handed-in/Lab 08/ada/ …               one folder too high: looked into, and said
handed-in/CS101-Lab 08-1234.zip       what a platform packs for a whole class: unpacked, and said
handed-in/Section A.zip, …            several of them: sections
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path, PurePosixPath

from workerlab.draw.words import clean
from workerlab.errors import BadUsage
from workerlab.grading.batch.archives import (
    BROKEN,
    Members,
    Refused,
    archive_suffix,
    ignored,
    must_be_a_name,
    must_be_small,
    opened_zip,
    zipped,
)
from workerlab.grading.batch.contents import pieces
from workerlab.grading.intake.metadata import METADATA
from workerlab.grading.intake.names import alike
from workerlab.grading.intake.people import sender_of

DEEPEST = 3  # folders or zips around a class
LISTS = (".csv", ".tsv", ".xlsx", ".yml", ".json", ".html")  # what may lie beside submissions
MOST_MEMBERS = 1_000_000  # files in the zip of a class
_BEGINS_WITH_A_LAB = re.compile(r"lab[ _.-]*\d", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """Something that lies where submissions lie: a folder or a file.

    place     on this disk
    shown     its path in the class's folder, as the instructor sees it
    section   the zip or folder of a part of the class, when there are several
    lower     the folder or zip around all of them, when there is one
    refused   why it could not be unpacked, or ""
    """

    place: Path
    shown: str
    section: str = ""
    lower: str = ""
    refused: str = ""


def found_in(handed_in: Path, scratch: Callable[[], Path], asked: set[str]) -> list[Found]:
    """Everything in a class's folder, or in its zip, by name.

    scratch   gives an empty folder, for what has to be unpacked
    asked     the names of the files that labs ask for

    Raises BadUsage when there is no such folder, nothing in it, or a zip that is none.
    """
    level = _Level(scratch, {alike(name) for name in asked})
    if handed_in.is_file() and archive_suffix(handed_in.name):
        return level.unpacked(handed_in, "", DEEPEST)
    return level.of(handed_in, "", DEEPEST)


class _Level:
    """Looks into folders and zips, from the outermost to the one that holds submissions."""

    def __init__(self, scratch: Callable[[], Path], asked: set[str]) -> None:
        self.scratch, self.asked = scratch, asked

    def of(self, folder: Path, shown: str, deeper: int) -> list[Found]:
        """Everything in a folder, or in the parts of a class that lie in it."""
        places = _visible(folder)
        if not places:
            advice = "put one folder or .zip a student into it"
            raise BadUsage(f"{shown or folder} has no submissions", advice)
        around = [place for place in places if deeper and self._holds_a_class(place, places)]
        found = [Found(place, f"{shown}{place.name}") for place in places if place not in around]
        for place in around:
            parts = self._inside(place, f"{shown}{place.name}/", deeper - 1)
            only = len(around) == 1
            for part in parts:
                section = part.section or ("" if only else place.name)
                lower = (part.lower or clean(place.name, 80)) if only else ""
                found.append(Found(part.place, part.shown, section, lower, part.refused))
        return found

    def _inside(self, place: Path, shown: str, deeper: int) -> list[Found]:
        return (
            self.of(place, shown, deeper) if place.is_dir() else self.unpacked(place, shown, deeper)
        )

    def _holds_a_class(self, place: Path, places: list[Path]) -> bool:
        """Whether it is no submission, but holds those of many."""
        if sender_of(place.name) or place.name == METADATA or place.is_symlink():
            return False
        paths = list(_paths(place))
        top = _around_all(paths)
        names = {path.parts[len(top)] for path in paths}
        known = [_platform(name) for name in (*top, *names)]
        if METADATA in names or any(one not in ("", "canvas") for one in known):
            return True
        if names and all(_platform(name) == "canvas" for name in names):
            return True  # one such name alone may be anything: data_2026_11_27.csv
        return len(places) == 1 and self._many(paths, len(top))

    def _many(self, paths: list[PurePosixPath], depth: int) -> bool:
        """Whether there are two folders or archives or more, each with a submission of its own."""
        inside: dict[str, bool] = {}
        for path in paths:
            name, rest = path.parts[depth], path.parts[depth + 1 :]
            wanted = bool(archive_suffix(path.name)) or alike(path.name) in self.asked
            if not rest and not archive_suffix(name) and path.suffix.lower() not in LISTS:
                return False  # a file of code or words: this is a student's own folder
            inside[name] = inside.get(name, False) or wanted
        with_one = [name for name, wanted in inside.items() if wanted]
        return len(with_one) > 1 and not any(map(_BEGINS_WITH_A_LAB.match, with_one))

    def unpacked(self, archive: Path, shown: str, deeper: int) -> list[Found]:
        """Unpack the zip of a class: each submission in it has limits of its own."""
        folder = self.scratch()
        try:
            with open(archive, "rb") as file, opened_zip(file) as opened:
                refused = _unpack(opened, folder)
        except (Refused, *BROKEN) as error:
            advice = "download it again, or unpack it yourself and name the folder"
            raise BadUsage(f"cannot unpack {archive}: {clean(error, 120)}", advice) from error
        found = self.of(folder, shown, deeper)
        return [
            Found(one.place, one.shown, one.section, one.lower, refused.get(one.place, one.refused))
            for one in found
        ]


def _platform(name: str) -> str:
    sender = sender_of(name)
    return sender.platform if sender else ""


def _visible(folder: Path) -> list[Path]:
    try:
        return sorted(place for place in folder.iterdir() if not ignored(place.name))
    except OSError as error:
        advice = "name a folder that holds one folder or .zip a student"
        raise BadUsage(f"cannot read {folder}: {error.strerror}", advice) from error


def _paths(place: Path) -> Iterator[PurePosixPath]:
    """The paths of the files in a folder or a zip; nothing for what cannot be read."""
    try:
        if place.is_dir():
            for path in sorted(place.rglob("*")):
                inside = PurePosixPath(path.relative_to(place))
                if path.is_file() and not path.is_symlink() and not any(map(ignored, inside.parts)):
                    yield inside
        elif place.is_file() and place.name.lower().endswith(".zip"):
            with zipfile.ZipFile(place) as archive:
                for member in archive.infolist()[:MOST_MEMBERS]:
                    inside = PurePosixPath(member.orig_filename.replace("\\", "/"))
                    named = inside.parts and not any(map(ignored, inside.parts))
                    if named and not member.is_dir():
                        yield inside
    except BROKEN:
        return


def _around_all(paths: list[PurePosixPath]) -> tuple[str, ...]:
    """The folders that all paths lie in, from the outermost."""
    if not paths:
        return ()
    levels = zip(*(path.parts[:-1] for path in paths), strict=False)
    return tuple(level[0] for level in takewhile(lambda level: len(set(level)) == 1, levels))


def _unpack(archive: zipfile.ZipFile, folder: Path) -> dict[Path, str]:
    """Write the files of a class's zip, and say which submissions could not be written.

    Raises Refused for a path that leads out: nobody's row could have it.
    """
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise Refused("it has too many files")
    found = Members("the .zip", [member.orig_filename for member in members])
    paths = [(member, path) for member in members if (path := found.inside(member.orig_filename))]
    depth = len(_around_all([path for member, path in paths if not member.is_dir()]))
    refused: dict[Path, str] = {}
    sizes: dict[Path, tuple[int, int]] = {}
    for member, path in paths:
        top = PurePosixPath(*path.parts[: depth + 1])
        must_be_a_name(top)
        whose, target = folder / top, folder / path
        if whose in refused:
            continue
        try:
            must_be_a_name(path)
            if member.is_dir() or member.orig_filename.endswith("\\"):
                target.mkdir(parents=True, exist_ok=True)
                continue
            files, size = sizes.get(whose, (0, 0))
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(target, "xb") as file:
                for piece in pieces(path, zipped(archive, member, path)):
                    size += len(piece)
                    must_be_small(files + 1, size)
                    file.write(piece)
            sizes[whose] = files + 1, size
        except Refused as error:
            refused[whose] = str(error)
        except FileExistsError:
            refused[whose] = f"{clean(path)} is twice in the .zip"
        except OSError as error:
            refused[whose] = f"{clean(path)} cannot be unpacked: {error.strerror}"
    for whose in refused:
        whose.parent.mkdir(parents=True, exist_ok=True)
        if not whose.exists():
            whose.touch()
    return refused
